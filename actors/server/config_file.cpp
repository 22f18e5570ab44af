#include "stagedoor/actors/server/config_file.hpp"

#include "stagedoor/actors/caf_api/configuration.hpp"
#include "stagedoor/actors/server/server_limits.hpp"
#include "stagedoor/permissions/credentials/file_text.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/actor_system_config.hpp"
#include "caf/config_value.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <sstream>
#include <utility>

namespace stagedoor {

namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'
         || c == '-' || c == '.';
}

/// A number that CAF's parser has put into an error; 0 if there is none.
std::size_t number_in(const caf::error& error, const std::string& name) {
  const auto& context = error.context();
  if (context.empty() || !context.match_element<caf::settings>(0))
    return 0;
  const auto& values = context.get_as<caf::settings>(0);
  return static_cast<std::size_t>(caf::get_or(values, name, std::int64_t{0}));
}

const caf::config_option* find_option(const caf::config_option_set& options,
                                      const std::string& name) {
  const auto dot = name.rfind('.');
  return dot == std::string::npos
             ? options.qualified_name_lookup("global", name)
             : options.qualified_name_lookup(name.substr(0, dot),
                                             name.substr(dot + 1));
}

/// Whether there are options of this group, or of groups in it.
bool is_group(const caf::config_option_set& options, const std::string& name) {
  return std::any_of(options.begin(), options.end(), [&](const auto& option) {
    const auto category = option.category();
    const auto group = std::string(category.data(), category.size()) + '.';
    return group.starts_with(name + '.');
  });
}

} // namespace

/// Finds the keys of a text in the grammar of CAF's config files. What it does
/// not understand it passes over, because CAF's parser has seen it before.
class config_file::scanner {
public:
  scanner(std::string_view text, std::vector<key>& keys)
      : text_(text), keys_(keys) {}

  /// @returns the line of a bracket or quote that is not closed and what is
  ///          open there; line 0 if everything is closed.
  std::pair<std::size_t, std::string> run() {
    while (at_ < text_.size()) {
      const auto c = text_[at_];
      if (c == ';' || c == '#')
        at_ = std::min(text_.find('\n', at_), text_.size());
      else if (c == '"' || c == '\'' || c == '<')
        pass_quoted(c == '<' ? '>' : c);
      else if (c == '[' && open_.empty() && !awaits_value_)
        take_section();
      else if (c == '{' || c == '[')
        enter(c);
      else if (c == '}' || c == ']')
        leave();
      else if (is_word(c) || c == '+')
        take_word();
      else
        step();
    }
    if (unclosed_ == 0 && !open_.empty()) {
      unclosed_ = open_.back().line;
      opening_ = open_.back().opening;
    }
    return {unclosed_, std::string(1, opening_)};
  }

private:
  /// A map or a list around the place that is looked at.
  struct bracket {
    char opening;
    std::size_t line;
    /// What the names of keys in it begin with.
    std::string prefix;
  };

  void step() {
    if (text_[at_] == '\n')
      ++line_;
    ++at_;
  }

  void pass_quoted(char closing) {
    const auto begin = line_;
    const auto opening = text_[at_];
    step();
    while (at_ < text_.size() && text_[at_] != closing) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size())
        step();
      step();
    }
    if (at_ == text_.size()) {
      unclosed_ = begin;
      opening_ = opening;
      return;
    }
    step();
    awaits_value_ = false;
  }

  /// Takes `[group]`.
  void take_section() {
    const auto end = text_.find(']', at_);
    if (end == std::string_view::npos) {
      unclosed_ = line_;
      opening_ = '[';
      at_ = text_.size();
      return;
    }
    std::string name;
    for (const char c : text_.substr(at_ + 1, end - at_ - 1))
      if (is_word(c))
        name += c;
    at_ = end + 1;
    section_.clear();
    if (name == "global")
      return;
    keys_.push_back({name, line_});
    section_ = name + '.';
  }

  void enter(char opening) {
    auto prefix = last_ + '.';
    if (awaits_value_ && opening == '{' && last_ == "global") {
      // The group of what is in no group.
      keys_.pop_back();
      prefix.clear();
    }
    open_.push_back({opening, line_, std::move(prefix)});
    awaits_value_ = false;
    step();
  }

  void leave() {
    if (!open_.empty())
      open_.pop_back();
    awaits_value_ = false;
    step();
  }

  /// Takes the name of a key, or passes a value.
  void take_word() {
    std::string word;
    while (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '+'))
      word += text_[at_++];
    const auto in_list = std::any_of(open_.begin(), open_.end(),
                                     [](auto& x) { return x.opening == '['; });
    if (awaits_value_ || in_list) {
      awaits_value_ = false;
      return;
    }
    last_ = (open_.empty() ? section_ : open_.back().prefix) + word;
    keys_.push_back({last_, line_});
    awaits_value_ = true;
  }

  std::string_view text_;
  std::vector<key>& keys_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::vector<bracket> open_;
  std::string section_;
  /// The key whose value comes next.
  std::string last_;
  bool awaits_value_ = false;
  std::size_t unclosed_ = 0;
  char opening_ = ' ';
};

std::string expectation_of(const caf::config_option& option) {
  const auto type = caf_api::type_of(option);
  if (type == "timespan")
    return "expected a time such as 500ms or 10s";
  if (type == "uint16")
    return "expected a whole number from 0 to 65535";
  if (type == "uint64")
    return "expected a whole number";
  if (type == "atom")
    return "expected a word of at most 10 characters in single quotes";
  if (type == "bool" || type == "boolean")
    return "expected true or false";
  return type == "string" ? "expected a text"
                          : "expected a value of another "
                            "type";
}

caf::error check_value(const caf::config_option& option,
                       const std::string& name,
                       const caf::config_value& value) {
  if (caf_api::accepts_value(option, value))
    return caf::none;
  return invalid_option(name + ": " + to_string(value) + " is not valid, "
                        + expectation_of(option));
}

caf::expected<config_file> config_file::read(const std::string& path) {
  std::string text;
  if (auto reason =
          read_file_text(path, server_limits::config_file_bytes_max, text);
      !reason.empty())
    return invalid_option("config-file: " + path + ' ' + reason);
  auto result = parse(path, text);
  if (result)
    result->text_ = std::move(text);
  return result;
}

caf::expected<config_file> config_file::parse(const std::string& path,
                                              std::string_view text) {
  config_file result;
  result.path_ = path;
  std::istringstream source{std::string(text)};
  auto content = caf::actor_system_config::parse_config(source);
  if (!content) {
    const auto line = number_in(content.error(), "line");
    if (line == 0)
      return invalid_option("config-file: " + path + ": "
                            + caf_api::render(content.error()));
    return result.wrong(
        line, "cannot be read from column "
                  + std::to_string(number_in(content.error(), "column"))
                  + " on");
  }
  result.content_ = std::move(*content);
  auto [line, opening] = scanner{text, result.keys_}.run();
  if (line != 0)
    return result.wrong(line, "the " + opening + " is not closed");
  if (auto error = result.check_keys(); error != caf::none)
    return error;
  return result;
}

caf::error config_file::wrong(std::size_t line, const std::string& text) const {
  return invalid_option("config-file: " + path_ + ':' + std::to_string(line)
                        + ": " + text);
}

caf::error config_file::check_keys() const {
  // A file that ends within a value loses the keys before it too: the last key
  // is the cause.
  const auto lost =
      std::find_if(keys_.rbegin(), keys_.rend(), [&](const auto& each) {
        return caf::get_if(&content_, each.name) == nullptr;
      });
  if (lost != keys_.rend())
    return wrong(lost->line, lost->name + ": has no value that can be read");
  for (auto i = keys_.begin(); i != keys_.end(); ++i) {
    if (caf::holds_alternative<caf::settings>(*caf::get_if(&content_, i->name)))
      continue; // A group may come in parts.
    const auto earlier = std::find_if(
        keys_.begin(), i, [&](const auto& x) { return x.name == i->name; });
    if (earlier != i)
      return wrong(i->line, i->name + ": has a value in line "
                                + std::to_string(earlier->line) + " already");
  }
  return caf::none;
}

caf::error config_file::check(const caf::config_option_set& options) const {
  for (const auto& [name, line] : keys_) {
    const auto& value = *caf::get_if(&content_, name);
    const auto is_settings = caf::holds_alternative<caf::settings>(value);
    const auto* option = find_option(options, name);
    if (name == "config-file")
      return wrong(line, name + ": means nothing in a config file");
    if (option != nullptr) {
      if (auto error = check_value(*option, name, value); error != caf::none)
        return wrong(line, text_of(error));
    } else if (!is_group(options, name)) {
      return wrong(line, name + ": no such option");
    } else if (!is_settings) {
      return wrong(line, name + ": is a group of options");
    }
  }
  return caf::none;
}

std::string config_file::placed(const std::string& text) const {
  for (const auto& [name, line] : keys_)
    if (text.starts_with(name + ": "))
      return text_of(wrong(line, text));
  return text;
}

} // namespace stagedoor
