#pragma once

// What CAF 0.17 and CAF 1.x say differently, said once: no other source asks
// for CAF's version, so this one may be long. What both spell alike is used as
// it is.

#include "caf/actor.hpp"
#include "caf/actor_config.hpp"
#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"
#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/binary_deserializer.hpp"
#include "caf/binary_serializer.hpp"
#include "caf/config.hpp"
#include "caf/config_option.hpp"
#include "caf/config_option_adder.hpp"
#include "caf/config_value.hpp"
#include "caf/error.hpp"
#include "caf/exit_reason.hpp"
#include "caf/mailbox_element.hpp"
#include "caf/message.hpp"
#include "caf/message_id.hpp"
#include "caf/result.hpp"
#include "caf/resumable.hpp"
#include "caf/sec.hpp"
#include "caf/send.hpp"
#include "caf/settings.hpp"
#include "caf/type_id.hpp"

#if defined(CAF_VERSION_MAJOR) && CAF_VERSION_MAJOR >= 1
#define STAGEDOOR_CAF_1 1
#include "caf/action.hpp"
#include "caf/actor_clock.hpp"
#include "caf/detail/actor_system_access.hpp"
#include "caf/disposable.hpp"
#include "caf/init_global_meta_objects.hpp"
#include "caf/scheduler.hpp"
#else
#define STAGEDOOR_CAF_1 0
#include "caf/atom.hpp"
#include "caf/execution_unit.hpp"
#include "caf/meta/load_callback.hpp"
#include "caf/meta/type_name.hpp"
#include "caf/replies_to.hpp"
#include "caf/scheduler/test_coordinator.hpp"
#include "caf/timespan.hpp"
#endif

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace stagedoor {

enum class errc : std::uint8_t;

} // namespace stagedoor

#if STAGEDOOR_CAF_1
// Before the block of the messages, see actors/messages.hpp.
CAF_BEGIN_TYPE_ID_BLOCK(stagedoor_errors, 49990)
CAF_ADD_TYPE_ID(stagedoor_errors, (stagedoor::errc))
CAF_END_TYPE_ID_BLOCK(stagedoor_errors)
CAF_ERROR_CODE_ENUM(stagedoor::errc)
#endif

// What stays inside the process. CAF 1.x wants an ID for that as well.
#if STAGEDOOR_CAF_1
#define STAGEDOOR_BEGIN_LOCAL_TYPES                                            \
  CAF_BEGIN_TYPE_ID_BLOCK(stagedoor_local, 50500)
#define STAGEDOOR_LOCAL_TYPE(type)                                             \
  CAF_ADD_TYPE_ID(stagedoor_local, (type))                                     \
  CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)
#define STAGEDOOR_END_LOCAL_TYPES CAF_END_TYPE_ID_BLOCK(stagedoor_local)
#else
#define STAGEDOOR_BEGIN_LOCAL_TYPES
#define STAGEDOOR_LOCAL_TYPE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)
#define STAGEDOOR_END_LOCAL_TYPES                                              \
  namespace caf::id_block {                                                    \
  struct stagedoor_local {};                                                   \
  }
#endif

namespace stagedoor::caf_api {

// -- messages -----------------------------------------------------------------

#if STAGEDOOR_CAF_1

/// CAF cannot make a message without its own types, nor an error with a text.
inline const auto core_types_are_known = [] {
  caf::core::init_global_meta_objects();
  return true;
}();

/// What `inspect` returns.
template <class Inspector>
using inspect_result = bool;

/// Whether `inspect` is asked what the object holds.
template <class Inspector>
constexpr bool reads_object = !Inspector::is_loading;

/// Tells `f` of the fields of a message, in their order on the wire.
template <class Inspector, class T, class... Fields>
bool inspect_fields(Inspector& f, T& x, const char* name, Fields&... fields) {
  return f.object(x).pretty_name(name).fields(f.field("", fields)...);
}

/// The same for fields that stand for what `x` holds.
/// @param load puts them into `x` once they have been read; returns caf::error.
template <class Inspector, class T, class Load, class... Fields>
bool inspect_loaded(Inspector& f, T& x, const char* name, Load load,
                    Fields&... fields) {
  return f.object(x).pretty_name(name).on_load(load).fields(
      f.field("", fields)...);
}

/// Inspectors that want to be told how an enumeration is read and written.
template <class>
concept asks_about_enums = true;

template <class Inspector, class Enum>
bool inspect_enum(Inspector& f, Enum& x) {
  if constexpr (!Inspector::is_loading && requires { to_string(x); })
    if (f.has_human_readable_format()) {
      auto name = to_string(x);
      return f.apply(name);
    }
  using number = std::underlying_type_t<Enum>;
  auto get = [&x] { return static_cast<number>(x); };
  auto set = [&x](number value) {
    x = static_cast<Enum>(value);
    return true;
  };
  return f.apply(get, set);
}

/// The signature of a message that is not answered.
template <class... Ts>
using reacts_to = caf::result<void>(Ts...);

/// The signature of one that is.
template <class... Ts>
struct replies_to {
  template <class... Rs>
  using with = caf::result<Rs...>(Ts...);
};

/// Makes the messages of a block known to CAF, before an actor system is made.
template <class Block>
void add_message_types(caf::actor_system_config&) {
  caf::init_global_meta_objects<Block>();
}

/// The same for a block of what stays inside the process.
template <class Block>
void add_local_types(caf::actor_system_config&) {
  caf::init_global_meta_objects<Block>();
}

#else

template <class Inspector>
using inspect_result = typename Inspector::result_type;

template <class Inspector>
constexpr bool reads_object = Inspector::reads_state;

template <class Inspector, class T, class... Fields>
inspect_result<Inspector> inspect_fields(Inspector& f, T&, const char* name,
                                         Fields&... fields) {
  return f(caf::meta::type_name(name), fields...);
}

template <class Inspector, class T, class Load, class... Fields>
inspect_result<Inspector> inspect_loaded(Inspector& f, T&, const char* name,
                                         Load load, Fields&... fields) {
  return f(caf::meta::type_name(name), fields...,
           caf::meta::load_callback(load));
}

template <class>
concept asks_about_enums = false;

template <class Inspector, class Enum>
bool inspect_enum(Inspector& f, Enum& x);

template <class... Ts>
using reacts_to = caf::reacts_to<Ts...>;

template <class... Ts>
using replies_to = caf::replies_to<Ts...>;

template <class Block>
void add_message_types(caf::actor_system_config& cfg) {
  cfg.add_message_types<Block>();
}

template <class Block>
void add_local_types(caf::actor_system_config&) {}

#endif

// -- actors -------------------------------------------------------------------

/// The state of a stateful actor.
template <class Actor>
auto& state_of(Actor* self) {
#if STAGEDOOR_CAF_1
  return self->state();
#else
  return self->state;
#endif
}

/// Whether an actor takes messages no more. Thread rule: any thread.
inline bool has_ended(const caf::abstract_actor& actor) {
#if STAGEDOOR_CAF_1
  return actor.getf(caf::abstract_actor::is_terminated_flag);
#else
  return actor.getf(caf::abstract_actor::is_cleaned_up_flag);
#endif
}

#if STAGEDOOR_CAF_1
/// What CAF hands around as the place where an actor runs.
using host = caf::scheduler;
#else
using host = caf::execution_unit;
#endif

/// The place that an actor is to be spawned at.
inline host* host_of(const caf::actor_config& cfg) {
#if STAGEDOOR_CAF_1
  return cfg.sched;
#else
  return cfg.host;
#endif
}

/// Sends a message as if another actor did.
template <class... Ts>
void send_as(const caf::actor& from, const caf::actor& to, Ts&&... xs) {
#if STAGEDOOR_CAF_1
  caf::detail::send_as(from, to, std::forward<Ts>(xs)...);
#else
  caf::send_as(from, to, std::forward<Ts>(xs)...);
#endif
}

/// A broker that a middleman keeps under a name.
template <class Broker, class Middleman>
caf::actor named_broker(Middleman& keeper, const std::string& name) {
#if STAGEDOOR_CAF_1
  return keeper.template named_broker<Broker>(name);
#else
  return keeper.template named_broker<Broker>(caf::atom_from_string(name));
#endif
}

/// Hands a job to CAF's own scheduler. Thread rule: any thread.
inline void schedule(caf::actor_system& sys, caf::resumable* job) {
#if STAGEDOOR_CAF_1
  sys.scheduler().schedule(job);
#else
  sys.scheduler().enqueue(job);
#endif
}

/// A place where actors run that is not CAF's.
class own_host : public host {
public:
  /// Takes an actor that has something to do. Thread rule: any thread.
  virtual void take_job(caf::resumable* job) = 0;

#if STAGEDOOR_CAF_1
  explicit own_host(caf::actor_system& sys) : system_(sys) {}

  [[nodiscard]] caf::actor_system& system() const {
    return system_;
  }

  void schedule(caf::resumable* job) final {
    take_job(job);
  }
  void delay(caf::resumable* job) final {
    take_job(job);
  }
  // CAF calls these of its own scheduler only.
  void start() override {}
  void stop() override {}

private:
  caf::actor_system& system_;
#else
  explicit own_host(caf::actor_system& sys) : host(&sys) {}

  void exec_later(caf::resumable* job) final {
    take_job(job);
  }
#endif
};

/// Whether a message has to wait for those that came right behind it: CAF 1.x
/// tells of a death before it sends back what the dead one has not handled.
/// True once.
inline bool is_early([[maybe_unused]] caf::mailbox_element& message) {
#if STAGEDOOR_CAF_1
  const auto is_new =
      message.enqueue_time == std::chrono::steady_clock::time_point{};
  if (!is_new || !message.payload.match_elements<caf::down_msg>())
    return false;
  message.set_enqueue_time();
  return true;
#else
  return false;
#endif
}

/// What identifies the answer to a request.
template <class ResponseHandle>
caf::message_id id_of(ResponseHandle& request) {
#if STAGEDOOR_CAF_1
  return request.policy().id();
#else
  return request.id();
#endif
}

/// Has an actor answer a request of its own with an error: CAF keeps what is to
/// be done with an answer for as long as none comes.
template <class Self>
void give_up(Self& self, caf::message_id request, caf::error why) {
#if STAGEDOOR_CAF_1
  self.enqueue(caf::make_mailbox_element(nullptr, request, std::move(why)),
               nullptr);
#else
  self.enqueue(nullptr, request, caf::make_message(std::move(why)), nullptr);
#endif
}

/// An actor that says itself where it runs and how messages reach it.
template <class Base>
class hosted : public Base {
public:
  using Base::Base;

  /// Takes a message. Thread rule: any thread.
  /// @param from where the sender runs; null where it is no actor.
  virtual bool take_message(caf::mailbox_element_ptr message, host* from) = 0;

  void launch(host*, bool lazy, bool hide) override {
    Base::launch(&lane(), lazy, hide);
  }

#if STAGEDOOR_CAF_1
  bool enqueue(caf::mailbox_element_ptr message, host* from) override {
    return take_message(std::move(message), from);
  }

  void on_cleanup(const caf::error& reason) override {
    before_end();
    Base::on_cleanup(reason);
    after_end();
  }
#else
  void enqueue(caf::mailbox_element_ptr message, host* from) override {
    take_message(std::move(message), from);
  }

  void enqueue(caf::strong_actor_ptr source, caf::message_id id,
               caf::message content, host* from) override {
    take_message(caf::make_mailbox_element(std::move(source), id, {},
                                           std::move(content)),
                 from);
  }

  bool cleanup(caf::error&& reason, host* from) override {
    if (has_ended(*this))
      return false;
    before_end();
    auto result = Base::cleanup(std::move(reason), from);
    after_end();
    return result;
  }
#endif

protected:
  /// Where it queues that has something in its mailbox.
  virtual host& lane() = 0;

  /// Called before CAF sends back what is in the mailbox, and after it.
  virtual void before_end() = 0;
  virtual void after_end() = 0;

  /// Puts a message into the mailbox, where CAF does it.
  bool to_mailbox(caf::mailbox_element_ptr message) {
#if STAGEDOOR_CAF_1
    return Base::enqueue(std::move(message), &lane());
#else
    Base::enqueue(std::move(message), &lane());
    return true;
#endif
  }

  /// Runs the actor's handler for `content`, now.
  template <class T>
  void handle(T content, host* at) {
#if STAGEDOOR_CAF_1
    caf::mailbox_element element{nullptr, caf::make_message_id(),
                                 caf::make_message(std::move(content))};
#else
    caf::mailbox_element_vals<T> element{
        nullptr, caf::make_message_id(), {}, std::move(content)};
#endif
    this->activate(at, element);
  }
};

/// CAF's scheduler and clock in the hands of a test: what happens is the same
/// each time. Thread rule: the test's thread.
class manual_scheduler {
public:
  /// Makes an actor system that has this scheduler. It must not outlive it.
  std::unique_ptr<caf::actor_system>
  make_system(caf::actor_system_config& cfg) {
#if STAGEDOOR_CAF_1
    auto install = [](caf::actor_system& sys, caf::actor_system_config&,
                      void* self) {
      auto* me = static_cast<manual_scheduler*>(self);
      caf::detail::actor_system_access access{sys};
      access.clock(std::make_unique<clock_proxy>(*me));
      access.scheduler(std::make_unique<queue>(*me));
    };
    auto result = std::make_unique<caf::actor_system>(cfg, install, this);
    // What CAF has begun with.
    while (try_run_once())
      continue;
    return result;
#else
    cfg.set("scheduler.policy", caf::atom("testing"));
    auto result = std::make_unique<caf::actor_system>(cfg);
    jobs_ =
        dynamic_cast<caf::scheduler::test_coordinator*>(&result->scheduler());
    return result;
#endif
  }

#if STAGEDOOR_CAF_1
  /// Whether an actor has something to do.
  [[nodiscard]] bool has_job() const {
    return !jobs_.empty();
  }

  /// Has the next actor handle one message.
  /// @returns false if there is none.
  bool try_run_once() {
    if (jobs_.empty())
      return false;
    auto* job = jobs_.front();
    jobs_.pop_front();
    if (job->resume(at_, 1) == caf::resumable::resume_later)
      jobs_.push_back(job);
    else
      caf::intrusive_ptr_release(job);
    return true;
  }

  /// Whether anybody waits for anything until some time.
  [[nodiscard]] bool has_timeouts() const {
    return std::any_of(timeouts_.begin(), timeouts_.end(),
                       [](const auto& x) { return !x.second.disposed(); });
  }

  /// Lets time pass and sends what is due.
  void advance_time(caf::actor_clock::duration_type by) {
    now_ += by;
    while (!timeouts_.empty() && timeouts_.begin()->first <= now_) {
      auto due = timeouts_.begin()->second;
      timeouts_.erase(timeouts_.begin());
      due.run();
    }
  }

private:
  class queue : public caf::scheduler {
  public:
    explicit queue(manual_scheduler& owner) : owner_(owner) {
      owner.at_ = this;
    }
    void schedule(caf::resumable* job) override { owner_.jobs_.push_back(job); }
    void delay(caf::resumable* job) override { schedule(job); }
    void start() override {}
    void stop() override {
      while (owner_.try_run_once())
        continue;
      owner_.timeouts_.clear();
    }

  private:
    manual_scheduler& owner_;
  };

  class clock_proxy : public caf::actor_clock {
  public:
    explicit clock_proxy(manual_scheduler& owner) : owner_(owner) {}
    [[nodiscard]] time_point now() const noexcept override {
      return owner_.now_;
    }
    caf::disposable schedule(time_point when, caf::action what) override {
      owner_.timeouts_.emplace(when, what);
      return std::move(what).as_disposable();
    }

  private:
    manual_scheduler& owner_;
  };

  caf::scheduler* at_ = nullptr;
  std::deque<caf::resumable*> jobs_;
  caf::actor_clock::time_point now_{std::chrono::hours{1}};
  std::multimap<caf::actor_clock::time_point, caf::action> timeouts_;
#else
  [[nodiscard]] bool has_job() const {
    return jobs_->has_job();
  }

  bool try_run_once() {
    return jobs_->try_run_once();
  }

  [[nodiscard]] bool has_timeouts() const {
    return !jobs_->clock().schedule().empty();
  }

  void advance_time(caf::timespan by) {
    jobs_->advance_time(by);
  }

private:
  caf::scheduler::test_coordinator* jobs_ = nullptr;
#endif
};

// -- the wire -----------------------------------------------------------------

/// What CAF sends of `fields` to another node.
template <class... Fields>
std::vector<char> to_bytes([[maybe_unused]] caf::actor_system& sys,
                           const Fields&... fields) {
#if STAGEDOOR_CAF_1
  caf::byte_buffer bytes;
  caf::binary_serializer sink{sys, bytes};
  if (!(sink.apply(fields) && ...))
    return {};
  const auto* first = reinterpret_cast<const char*>(bytes.data());
  return {first, first + bytes.size()};
#else
  std::vector<char> bytes;
  caf::binary_serializer sink{sys, bytes};
  if (sink(fields...))
    return {};
  return bytes;
#endif
}

/// Reads `x` from such bytes.
/// @returns an error of CAF if some are left.
template <class T>
caf::error from_bytes(caf::actor_system& sys, const std::vector<char>& bytes,
                      T& x) {
#if STAGEDOOR_CAF_1
  caf::binary_deserializer source{sys, bytes.data(), bytes.size()};
  if (!source.apply(x))
    return source.get_error();
#else
  caf::binary_deserializer source{sys, bytes};
  if (auto error = source(x))
    return error;
#endif
  return source.remaining() == 0 ? caf::error{}
                                 : caf::error{caf::sec::invalid_argument};
}

// -- errors -------------------------------------------------------------------

#if STAGEDOOR_CAF_1

/// What CAF tells the errors of `errc` by.
constexpr auto category_of_errc = caf::type_id_v<errc>;
constexpr auto category_of_exits = caf::type_id_v<caf::exit_reason>;

/// @param context what is to be told of it.
inline caf::error error_of(errc code, caf::message context = {}) {
  return {code, std::move(context)};
}

/// An error of CAF's own, for people.
inline std::string render(const caf::error& error) {
  return to_string(error);
}

/// What a handler of unexpected messages returns.
using default_result = caf::skippable_result;

#else

constexpr auto category_of_errc = caf::atom("stagedoor");
constexpr auto category_of_exits = caf::atom("exit");

inline caf::error error_of(errc code, caf::message context = {}) {
  return {static_cast<std::uint8_t>(code), category_of_errc,
          std::move(context)};
}

inline std::string render(const caf::error& error) {
  return caf::actor_system_config::render(error);
}

using default_result = caf::result<caf::message>;

#endif

/// Whether nobody will answer: who was to is gone, or has forgotten it. CAF
/// 0.17 does not tell.
inline bool is_broken_promise([[maybe_unused]] const caf::error& error) {
#if STAGEDOOR_CAF_1
  return error == caf::sec::broken_promise;
#else
  return false;
#endif
}

// -- configuration ------------------------------------------------------------

/// How an error of `errc` is told to people.
using error_renderer = std::string (*)(std::uint8_t, const caf::message&);

/// What CAF calls an option that 0.17 knows by `name`.
inline std::string option(const std::string& name) {
#if STAGEDOOR_CAF_1
  return "caf." + name;
#else
  return name;
#endif
}

/// Adds a group of options of our own. They stand on the command line or in a
/// config file: CAF 1.x would look for `USER` or `PORT` in the environment too.
class option_group {
public:
  option_group(caf::config_option_set& target, std::string_view name)
      : adder_(target, name) {}

  template <class T>
  option_group& add(std::string_view name, std::string_view help) {
#if STAGEDOOR_CAF_1
    // No short names, no variable.
    adder_.template add<T>(std::string{name} + ",,", help);
#else
    adder_.template add<T>(name, help);
#endif
    return *this;
  }

private:
  caf::config_option_adder adder_;
};

/// Sets an option of CAF's unless it is set.
template <class T>
void set_default(caf::actor_system_config& cfg, const std::string& name,
                 T value) {
  const auto its_name = option(name);
  if (caf::get_if(&cfg.content, its_name) != nullptr)
    return;
#if STAGEDOOR_CAF_1
  // It may be an option of a module that is not loaded yet.
  caf::put(cfg.content, its_name, value);
#else
  cfg.set(its_name, value);
#endif
}

/// What an option holds, in the words of CAF 0.17: `timespan`, `uint16`.
inline std::string type_of(const caf::config_option& option) {
  auto name = option.type_name();
#if STAGEDOOR_CAF_1
  // `caf::timespan`, `uint16_t`.
  if (const auto colons = name.rfind(':'); colons != name.npos)
    name.remove_prefix(colons + 1);
  if (name.ends_with("_t"))
    name.remove_suffix(2);
#endif
  return {name.begin(), name.end()};
}

/// Whether an option takes this text of a command line.
inline bool accepts_text(const caf::config_option& option,
                         const std::string& text) {
#if STAGEDOOR_CAF_1
  caf::config_value value{text};
  return !option.sync(value);
#else
  return static_cast<bool>(option.parse(text));
#endif
}

/// Whether an option takes this value of a config file as it is: CAF 1.x would
/// make one type of another.
inline bool accepts_value(const caf::config_option& option,
                          const caf::config_value& value) {
#if STAGEDOOR_CAF_1
  auto copy = value;
  return !option.sync(copy)
         && copy.get_data().index() == value.get_data().index();
#else
  return !option.check(value);
#endif
}

/// The config file that is read where the command line names none; empty if
/// CAF has put the name of the one that it found into the content.
inline std::string
default_config_file([[maybe_unused]] const caf::actor_system_config& cfg) {
#if STAGEDOOR_CAF_1
  return {};
#else
  return cfg.config_file_path;
#endif
}

/// Whether CAF has printed its help.
inline bool help_printed(const caf::actor_system_config& cfg) {
#if STAGEDOOR_CAF_1
  return cfg.helptext_printed();
#else
  return cfg.cli_helptext_printed;
#endif
}

/// Loads a module, with its messages. What the options are set to stays: CAF
/// 1.x would forget it, and put in its defaults, which it knows anyway.
template <class Module>
void load(caf::actor_system_config& cfg) {
#if STAGEDOOR_CAF_1
  Module::init_global_meta_objects();
  auto content = cfg.content;
  cfg.load<Module>();
  cfg.content = std::move(content);
#else
  cfg.load<Module>();
#endif
}

/// Has the command line take a module's options before the module is loaded:
/// CAF 0.17 knows those of its own modules anyway.
template <class Module>
void add_module_options([[maybe_unused]] caf::actor_system_config& cfg) {
#if STAGEDOOR_CAF_1
  auto content = cfg.content;
  Module::add_module_options(cfg);
  cfg.content = std::move(content);
#endif
}

/// Makes `errc` known to CAF, before an actor system is made.
template <class Config>
void add_errors(Config& cfg, [[maybe_unused]] error_renderer render_code) {
#if STAGEDOOR_CAF_1
  add_message_types<caf::id_block::stagedoor_errors>(cfg);
  caf::put(cfg.content, "stagedoor.configured", true);
#else
  cfg.add_error_category(category_of_errc,
                         [render_code](std::uint8_t code, caf::atom_value,
                                       const caf::message& context) {
                           return render_code(code, context);
                         });
#endif
}

/// Whether `add_errors` was called.
inline bool has_errors(const caf::actor_system_config& cfg) {
#if STAGEDOOR_CAF_1
  return caf::get_or(cfg, "stagedoor.configured", false);
#else
  return cfg.error_renderers.count(category_of_errc) > 0;
#endif
}

} // namespace stagedoor::caf_api
