#include "stagedoor/actors/cluster/join_cluster.hpp"

#include "stagedoor/actors/caf_api/actors.hpp"
#include "stagedoor/actors/caf_api/application.hpp"
#include "stagedoor/actors/caf_api/configuration.hpp"
#include "stagedoor/actors/cluster/cluster_board.hpp"
#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/cluster/cluster_node.hpp"
#include "stagedoor/actors/cluster/cluster_options.hpp"
#include "stagedoor/actors/cluster/link_middleman.hpp"
#include "stagedoor/actors/cluster/node_address.hpp"
#include "stagedoor/actors/cluster/node_dialler.hpp"
#include "stagedoor/actors/units/background_log.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/io/basp_broker.hpp"
#include "caf/io/middleman.hpp"
#include "caf/io/middleman_actor.hpp"
#include "caf/scoped_actor.hpp"
#include "caf/send.hpp"
#include "caf/settings.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <utility>

namespace stagedoor {

namespace {

class joined_cluster final : public cluster {
public:
  joined_cluster(caf::actor_system& sys, const cluster_options& options,
                 std::shared_ptr<cluster_board> board, caf::actor node,
                 caf::actor publisher, std::uint16_t port)
      : sys_(sys), name_(options.name), roles_(options.roles), port_(port),
        board_(std::move(board)), node_(std::move(node)),
        publisher_(std::move(publisher)) {}

  ~joined_cluster() override { leave(); }

  joined_cluster(const joined_cluster&) = delete;
  joined_cluster& operator=(const joined_cluster&) = delete;

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const node_roles& roles() const override { return roles_; }
  [[nodiscard]] std::uint16_t port() const override { return port_; }

  void offer(const std::string& service, const caf::actor& handle) override {
    if (handle && board_->offer(service, handle))
      caf::anon_send(node_, caf::update_atom_v);
  }

  void withdraw(const std::string& service, const caf::actor& handle) override {
    if (board_->withdraw(service, handle))
      caf::anon_send(node_, caf::update_atom_v);
  }

  void leave() override {
    if (has_left_.exchange(true))
      return;
    caf::scoped_actor self{sys_};
    self->request(node_, cluster_limits::leave_timeout, caf::leave_atom_v)
        .receive([] {},
                 [&](const caf::error&) {
                   self->send_exit(node_, caf::exit_reason::kill);
                 });
    caf::anon_send_exit(publisher_, caf::exit_reason::kill);
  }

  [[nodiscard]] const std::shared_ptr<service_directory>&
  services() const override {
    return board_->services();
  }

  [[nodiscard]] std::vector<peer_view> peers() const override {
    return board_->peers();
  }

  [[nodiscard]] std::size_t awaited() const override {
    return board_->awaited();
  }

  [[nodiscard]] bool has_joined() const override {
    return board_->has_joined();
  }

private:
  caf::actor_system& sys_;
  const std::string name_;
  const node_roles roles_;
  const std::uint16_t port_;
  const std::shared_ptr<cluster_board> board_;
  const caf::actor node_;
  const caf::actor publisher_;
  std::atomic<bool> has_left_ = false;
};

/// Checks what CAF wanted to know before the actor system was made.
caf::error check_system(caf::actor_system& sys) {
  const auto& cfg = sys.config();
  if (!caf_api::has_errors(cfg))
    return invalid_option(
        "stagedoor::configure was not called on the configuration "
        "before the actor system was made");
  if (!sys.has_middleman())
    return invalid_option("stagedoor::configure_cluster was not called on the "
                          "configuration before the actor system was made");
  for (const std::string name :
       {"middleman.heartbeat-interval", "middleman.connection-timeout"})
    if (caf::get_or(cfg, caf_api::option(name), caf::timespan{0})
        <= caf::timespan{0})
      return invalid_option(name
                            + ": must be over 0 on a node, or it would not see "
                              "that another one is gone");
  return caf::none;
}

/// Makes what spawns middlemen of a kind. They have to be killed.
connector middleman_spawner(caf::actor_system& sys,
                            const std::optional<cluster_tls>& tls,
                            const std::shared_ptr<spdlog::logger>& log) {
  const link_middleman_setup setup{
      caf_api::named_broker<caf::io::basp_broker>(sys.middleman(), "BASP"), tls,
      log};
  return [&sys, setup](const other_version& told) {
    return link_middleman(sys, setup, told);
  };
}

} // namespace

caf::error configure_cluster(caf::actor_system_config& cfg,
                             const cluster_options& options) {
  if (auto error = validate(options); error != caf::none)
    return error;
  caf_api::load<caf::io::middleman>(cfg);
  // Messages are decoded where they are read: with a worker of CAF's for one,
  // all threads of CAF's scheduler look for work for a while after each, which
  // takes longer than most messages do.
  caf_api::set_default(cfg, "middleman.workers", std::size_t{0});
  return caf::none;
}

caf::expected<cluster_ptr> join_cluster(caf::actor_system& sys,
                                        const cluster_options& options) {
  if (auto error = validate(options); error != caf::none)
    return error;
  if (auto error = check_system(sys); error != caf::none)
    return error;
  auto board = std::make_shared<cluster_board>(options.name);
  cluster_node_setup setup;
  setup.options = options;
  setup.self = node_hello::of_this_process(options);
  setup.board = board;
  setup.log =
      options.log ? options.log : in_background(spdlog::default_logger());
  const auto connects = middleman_spawner(sys, options.tls, setup.log);
  const auto publisher = caf::actor_cast<caf::actor>(connects(nullptr));
  setup.publisher = publisher;
  setup.spawn_dialler = [&sys, connects] {
    return sys.spawn<caf::detached>(node_dialler, connects);
  };
  auto node = sys.spawn(cluster_node, std::move(setup));
  caf::scoped_actor self{sys};
  caf::expected<cluster_ptr> result{caf::error{}};
  self->request(node, cluster_limits::join_timeout, caf::publish_atom_v)
      .receive(
          [&](std::uint16_t port) {
            result = std::make_shared<joined_cluster>(sys, options, board, node,
                                                      publisher, port);
          },
          [&](const caf::error& error) {
            self->send_exit(node, caf::exit_reason::kill);
            self->send_exit(publisher, caf::exit_reason::kill);
            result =
                make_error(errc::cannot_listen,
                           "cluster-bind: "
                               + node_address{options.bind, options.port}.text()
                               + ": " + text_of(error));
          });
  return result;
}

caf::expected<cluster_ptr> join_cluster(caf::actor_system& sys) {
  auto options = cluster_options::from(sys.config());
  if (!options)
    return std::move(options.error());
  return *options ? join_cluster(sys, **options) : cluster_ptr{};
}

} // namespace stagedoor
