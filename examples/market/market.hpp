#pragma once

#include <stagedoor/stagedoor.hpp>

/// Spawns an actor that keeps order books, one for each symbol. `place` takes
/// an order and matches it with those that are open, which `show` returns.
stagedoor::mounted_actor spawn_order_books(caf::actor_system& sys);

/// Leads the orders for a symbol to one of the actors that keep order books,
/// on whatever node, and tells those who watch the symbol what was traded.
stagedoor::endpoint_spec market(const stagedoor::replicas& books);
