// A warehouse whose stock is an actor. Clients take from it while the doors are
// open, which is until SIGINT or SIGTERM; the warehouse itself needs no server.

#include <caf/all.hpp>

#include <stagedoor/stagedoor.hpp>

#include <iostream>
#include <string>

using namespace stagedoor;

struct delivery {
  std::string item;
  std::int64_t pieces = 0;
};

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, delivery& x) {
  return caf_api::inspect_fields(f, x, "delivery", x.item, x.pieces);
}

// README: begin host
CAF_BEGIN_TYPE_ID_BLOCK(warehouse, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(warehouse, (delivery))
CAF_END_TYPE_ID_BLOCK(warehouse)

struct warehouse_config : caf::actor_system_config {
  warehouse_config() {
    caf_api::add_message_types<caf::id_block::warehouse>(*this);
    stagedoor::configure(*this);
  }
};

using stock_actor = mounted_actor::extend<
    caf_api::reacts_to<delivery>,
    caf_api::replies_to<caf::get_atom, std::string>::with<std::int64_t>>;
using counts = std::map<std::string, std::int64_t>;

stock_actor::behavior_type stock(stock_actor::stateful_pointer<counts> self) {
  auto& left = caf_api::state_of(self);
  return {[&left](const request& message) -> reply {
            if (message.action() != "take")
              return to_reply(errc::action_not_allowed, message.action());
            auto found = left.find(*message.capture("item"));
            if (found == left.end() || found->second == 0)
              return not_found();
            return ok({{"left", --found->second}});
          },
          [&left](delivery& what) { left[what.item] += what.pieces; },
          [&left](caf::get_atom, std::string& item) { return left[item]; }};
}
// README: end host

int main(int argc, char** argv) {
  termination_signals signals; // Before the actor system has threads.
  warehouse_config cfg;
  caf::actor_system sys{cfg};
  auto goods = sys.spawn(stock);
  caf::anon_send(goods, delivery{"apples", 3});
  server_options options;
  if (argc > 1)
    options.port = static_cast<std::uint16_t>(std::stoi(argv[1]));
  {
    // README: begin serve
    auto doors = serve(sys, options,
                       {endpoint("/ws/").route(R"((?P<item>\w+)/$)", goods)});
    // README: end serve
    if (!doors) {
      std::cerr << text_of(doors.error()) << '\n';
      return 2;
    }
    // In one piece, since the log writes there too, from a thread of its own.
    std::cout << "open on port " + std::to_string(doors->port()) + '\n'
              << std::flush;
    signals.wait();
  } // The doors close, and the warehouse goes on.
  caf::scoped_actor self{sys};
  self->send(goods, delivery{"apples", 5});
  self->request(goods, caf::infinite, caf::get_atom_v, "apples")
      .receive([](std::int64_t left) { std::cout << left << " apples\n"; },
               [](caf::error& error) { std::cerr << text_of(error) << '\n'; });
}
