#include "stagedoor/actors/operators/metrics.hpp"

#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/unit.hpp"

#include <algorithm>

namespace stagedoor {

unit_metrics* unit_metrics::of(const runtime& shared, const unit& home) {
  return shared.metrics ? &shared.metrics->of_unit(home.index()) : nullptr;
}

void unit_metrics::count_decision(question asked, const decision& answer,
                                  time_tally::duration took) {
  const auto* row =
      std::find(counted_questions.begin(), counted_questions.end(), asked);
  auto& counted =
      decisions_.at(static_cast<std::size_t>(row - counted_questions.begin()));
  counted.verdicts.at(static_cast<std::size_t>(answer.answer)).add();
  counted.times.add(took);
}

void unit_metrics::count_close(close_code code) {
  auto number = static_cast<std::uint16_t>(code);
  switch (code) {
  case close_code::none:
  case close_code::normal:
  case close_code::no_status:
  case close_code::protocol_error:
  case close_code::invalid_utf8:
  case close_code::policy:
  case close_code::message_too_big:
  case close_code::server_error:
  case close_code::standard_service_restart:
  case close_code::standard_try_again_later:
  case close_code::service_restart:
  case close_code::try_again_later:
  case close_code::credentials_expired:
  case close_code::forbidden:
  case close_code::idle:
    closes.at(number).add();
    return;
  }
  constexpr std::uint16_t going_away = 1001; // What browsers say.
  closes.at(number == going_away ? number : other_code).add();
}

server_metrics::server_metrics(std::size_t units, std::uint32_t one_in) {
  for (std::size_t i = 0; i < units; ++i)
    units_.push_back(std::make_unique<unit_metrics>(sampler{one_in, i}));
}

} // namespace stagedoor
