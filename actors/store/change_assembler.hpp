#pragma once

#include "stagedoor/protocol/json/json.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace stagedoor {

/// Puts the payloads together that the triggers of a table send, up to the end
/// of a transaction; see `make_row_triggers`. PostgreSQL delivers those of a
/// transaction one behind the other.
/// Thread rule: one owner at a time.
class change_assembler {
public:
  /// What a payload has brought.
  enum class progress {
    /// Nothing yet: the transaction goes on.
    open,
    /// The end of a transaction, whose changes `take_changes` gives.
    complete,
    /// The end of one that is too large, or that says so itself: nobody knows
    /// what has changed.
    missed,
    /// It is no payload of a trigger, or does not follow the last one, and is
    /// dropped.
    foreign,
  };

  /// What a transaction may be in bytes of payloads. A larger one is `missed`.
  static constexpr std::size_t transaction_bytes_max = 16 * 1024 * 1024;

  /// @param key the column by which rows are told apart.
  explicit change_assembler(std::string key) : key_(std::move(key)) {}

  /// @param sender the process of the server that has sent it.
  progress take(int sender, std::string_view payload);

  /// The changes of a complete transaction, one for each row, in the order in
  /// which the rows were changed first: `{"before":…,"after":…}`, each an
  /// object of texts by column, or null. A row that was added and deleted again
  /// is none.
  std::vector<json::object> take_changes();

  /// Forgets the transaction that is not complete.
  void clear();

private:
  /// Which part of which change.
  struct place {
    std::size_t change = 0;
    std::size_t changes = 0;
    std::size_t part = 0;
    std::size_t parts = 0;
  };

  static bool read_place(std::string_view& payload, place& read);
  [[nodiscard]] bool follows(int sender, const place& next) const;
  bool add(std::string_view change);
  void note(const json::value& key, const json::value& before,
            const json::value& after);

  std::string key_;
  int sender_ = 0;
  /// The last part; 0 in all if no transaction is open.
  place last_;
  std::size_t bytes_ = 0;
  /// The parts of a change, in base64url.
  std::string parts_;
  std::vector<json::object> changes_;
  /// Where the change of a row is, by its key.
  std::unordered_map<std::string, std::size_t> places_;
};

} // namespace stagedoor
