#include "stagedoor/testing/virtual_stage.hpp"

#include "stagedoor/actors/groups/hub_links.hpp"
#include "stagedoor/testing/failure.hpp"
#include "stagedoor/testing/far_actors.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor::testing {

namespace {

using namespace std::chrono_literals;

/// Messages of CAF's schedulers after which actors are taken to go on for ever.
constexpr std::size_t jobs_max = 1'000'000;
constexpr int rounds_max = 10'000;

/// Makes the choices of a test others than those of its network.
constexpr std::uint64_t other_choices = 0x5151515151515151U;

} // namespace

virtual_stage::virtual_stage(std::uint64_t seed, std::vector<std::string> names,
                             std::vector<node_roles> roles)
    : seed_(seed), names_(std::move(names)), roles_(std::move(roles)),
      random_(seed), choices_(seed ^ other_choices),
      links_(random_, names_.size(), manual_unit::beginning),
      nodes_(names_.size()) {
  roles_.resize(names_.size());
}

virtual_stage::~virtual_stage() {
  for (auto* all : {&nodes_, &killed_})
    for (auto& each : *all)
      if (each.cluster)
        each.cluster->close();
}

// -- nodes --------------------------------------------------------------------

void virtual_stage::check(std::size_t index, bool is_wanted_up) const {
  if (index >= size())
    throw failure("the stage has " + std::to_string(size()) + " nodes");
  if (!plan_.endpoints)
    throw failure("this stage serves nothing yet: call serve()");
  if ((nodes_[index].face != nullptr) != is_wanted_up)
    throw failure("node " + names_[index] + " is "
                  + (is_wanted_up ? "down" : "up") + note());
}

void virtual_stage::begin(std::size_t index) {
  check(index, false);
  auto made = std::make_unique<virtual_server>(plan_.change, links_.now());
  auto& on = made->on();
  const auto number = ++begun_;
  caf_api::identify(on.system(), number);
  auto& place = nodes_[index];
  place.cluster = std::make_shared<virtual_cluster>(
      virtual_cluster_setup{links_, random_, index, names_, roles_[index],
                            on.system(), on.make_logger()});
  made->join(place.cluster, [node = place.cluster] { node->end(); });
  made->tokens(tokens_);
  made->number_from((std::uint64_t{number} << 32U) + 1);
  made->wait_for_all_workers();
  made->hear_texts([this, name = names_[index] + std::to_string(number)
                                 + '.'](std::uint64_t socket, text_way way,
                                        std::string_view text) {
    heard(name + std::to_string(socket), way, text);
  });
  on.led_by(this);
  place.face.reset(new world(std::move(made)));
  write("begin", names_[index], {});
  links_.begin(index, *place.cluster);
  server(index).serve(plan_.endpoints(on.system()), plan_.options);
}

void virtual_stage::crash(std::size_t index) {
  check(index, true);
  write("crash", names_[index], {});
  links_.kill(index);
  nodes_[index].cluster->close();
  server(index).die();
  killed_.push_back(std::exchange(nodes_[index], {}));
}

void virtual_stage::leave(std::size_t index) {
  check(index, true);
  write("leave", names_[index], {});
  server(index).drain();
  advance(1s);
  server(index).stop();
  nodes_[index].cluster->leave();
  crash(index);
}

void virtual_stage::freeze(std::size_t index) {
  check(index, true);
  write("freeze", names_[index], {});
  links_.freeze(index);
}

void virtual_stage::thaw(std::size_t index) {
  check(index, true);
  write("thaw", names_[index], {});
  if (!links_.is_frozen(index))
    return;
  // Its deadlines come first, or what its clients have sent meanwhile.
  auto& on = system(index);
  on.set_clock(links_.now());
  const auto is_first = random_.one_in(2);
  if (is_first)
    on.move_clock(links_.now());
  links_.thaw(index);
  settle();
  if (!is_first) {
    on.move_clock(links_.now());
    settle();
  }
}

void virtual_stage::cut(std::size_t one, std::size_t other) {
  write("cut", names_.at(one), names_.at(other));
  links_.cut(one, other);
}

void virtual_stage::heal(std::size_t one, std::size_t other) {
  write("heal", names_.at(one), names_.at(other));
  links_.heal(one, other);
}

world& virtual_stage::face(std::size_t index) {
  check(index, true);
  return *nodes_[index].face;
}

void virtual_stage::meet() {
  const auto end = links_.now() + meeting_max;
  for (settle(); !have_met(); step(end))
    if (links_.now() >= end)
      throw failure("the nodes do not see each other" + note());
}

bool virtual_stage::have_met() const {
  const auto service = std::string("stagedoor") + std::string(groups_service);
  for (std::size_t i = 0; i < size(); ++i) {
    if (!links_.runs(i))
      continue;
    const auto seen = nodes_[i].cluster->services()->entries(service);
    for (std::size_t j = 0; j < size(); ++j)
      if (links_.runs(j)
          && std::none_of(seen.begin(), seen.end(), [&](const auto& each) {
               return each.node == names_[j]
                      && each.handle.node() == nodes_[j].face->system().node();
             }))
        return false;
  }
  return true;
}

// -- what has happened --------------------------------------------------------

void virtual_stage::heard(const std::string& client, text_way way,
                          std::string_view text) {
  if (way == text_way::from_client)
    checker_.sent(client, text);
  else
    checker_.received(client, text);
  write(way == text_way::from_client ? "from" : "to", client, text);
}

void virtual_stage::write(std::string_view what, std::string_view of,
                          std::string_view text) {
  const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(
      links_.now() - manual_unit::beginning);
  record_ += std::to_string(passed.count());
  for (auto word : {what, of, text})
    if (!word.empty())
      record_.append(1, ' ').append(word);
  record_ += '\n';
}

std::string virtual_stage::note() const {
  return "\nthe seed of the stage: " + std::to_string(seed_);
}

// -- time ---------------------------------------------------------------------

void virtual_stage::settle() {
  auto jobs_left = jobs_max;
  auto worked = true;
  for (int round = 0; worked; ++round) {
    if (round == rounds_max || jobs_left == 0)
      throw failure("the actors do not come to rest" + note());
    worked = false;
    for (std::size_t i = 0; i < size(); ++i)
      if (nodes_[i].face && links_.runs(i))
        worked |= system(i).work(jobs_left);
  }
  for (const auto& each : nodes_)
    if (each.cluster && !each.cluster->flaw().empty())
      throw failure(each.cluster->flaw() + note());
}

bool virtual_stage::settle_until(const std::function<bool()>& holds) {
  settle();
  for (const auto end = links_.now() + patience; !holds(); step(end))
    if (links_.now() >= end)
      return false;
  return true;
}

void virtual_stage::advance(std::chrono::nanoseconds by) {
  settle();
  for (const auto end = links_.now() + by; links_.now() < end;)
    step(end);
}

/// Goes on to the next time at which something happens.
void virtual_stage::step(time_point limit) {
  auto next = std::min(limit, links_.next());
  for (std::size_t i = 0; i < size(); ++i)
    if (nodes_[i].face && links_.runs(i))
      next = std::min(next, system(i).next_wake());
  move_clock(std::max(next, links_.now()));
  settle();
  while (links_.run_next())
    settle();
}

void virtual_stage::move_clock(time_point to) {
  links_.move_clock(to);
  for (std::size_t i = 0; i < size(); ++i)
    if (nodes_[i].face && links_.runs(i))
      system(i).move_clock(to);
}

} // namespace stagedoor::testing
