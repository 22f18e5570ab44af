#include "stagedoor/protocol/json/json.hpp"

#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/json/json_writer.hpp"
#include "stagedoor/protocol/json/value_handler.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <limits>
#include <ostream>
#include <utility>

namespace stagedoor {

namespace {

/// Makes nothing of a text, but has our rules on numbers.
class checking_handler : public value_sizes {
public:
  static bool on_document_begin(auto&&...) { return true; }
  static bool on_document_end(auto&&...) { return true; }
  static bool on_object_begin(auto&&...) { return true; }
  static bool on_object_end(auto&&...) { return true; }
  static bool on_array_begin(auto&&...) { return true; }
  static bool on_array_end(auto&&...) { return true; }
  static bool on_key_part(json::string_view, auto&&...) { return true; }
  static bool on_key(json::string_view, auto&&...) { return true; }
  static bool on_string_part(json::string_view, auto&&...) { return true; }
  static bool on_string(json::string_view, auto&&...) { return true; }
  static bool on_number_part(json::string_view, auto&&...) { return true; }
  static bool on_int64(std::int64_t, json::string_view, auto&&...) {
    return true;
  }
  static bool on_uint64(std::uint64_t, json::string_view, auto&&...) {
    return true;
  }
  static bool on_double(double estimate, json::string_view text,
                        boost::system::error_code& error) {
    double ignored = 0;
    return value_handler::read_double(estimate, text, ignored, error);
  }
  static bool on_bool(auto&&...) { return true; }
  static bool on_null(auto&&...) { return true; }
  static bool on_comment_part(json::string_view, auto&&...) { return true; }
  static bool on_comment(json::string_view, auto&&...) { return true; }
};

json::parse_options up_to(std::size_t depth_max) {
  json::parse_options result;
  result.max_depth = depth_max;
  return result;
}

template <class Handler>
caf::error read(json::basic_parser<Handler>& parser, std::string_view text) {
  boost::system::error_code error;
  const auto size = parser.write_some(false, text.data(), text.size(), error);
  if (error)
    return make_error(errc::malformed_message, error.message());
  if (size < text.size())
    return make_error(errc::malformed_message, "text behind the JSON value");
  return caf::none;
}

} // namespace

caf::expected<json::value> parse_json(std::string_view text,
                                      std::size_t depth_max) {
  json::basic_parser<value_handler> parser(up_to(depth_max));
  if (auto error = read(parser, text))
    return error;
  return parser.handler().release();
}

caf::error check_json(std::string_view text, std::size_t depth_max) {
  json::basic_parser<checking_handler> parser(up_to(depth_max));
  return read(parser, text);
}

bool append_json(std::string& out, std::string_view text) {
  json_writer write(out);
  write.text(text);
  return write.finish();
}

bool append_json(std::string& out, const json::value& value) {
  json_writer write(out);
  write.value(value);
  return write.finish();
}

std::string to_json(const json::value& value) {
  std::string result;
  append_json(result, value);
  return result;
}

std::string to_json_string(std::string_view text) {
  std::string result;
  append_json(result, text);
  return result;
}

// -- texts --------------------------------------------------------------------

json_text json_text::of(std::string written) {
  json_text result;
  if (written != "null")
    result.written_ = std::move(written);
  return result;
}

json::value json_text::value() const {
  return std::move(
      *parse_json(view(), std::numeric_limits<std::size_t>::max()));
}

std::ostream& operator<<(std::ostream& out, const json_text& x) {
  return out << x.view();
}

void json_text::write(const json_part& part) {
  json_writer out(written_);
  part.write_to(out);
  is_exact_ = out.finish();
  if (written_ == "null")
    written_.clear();
}

void json_part::write_to(json_writer& out) const {
  struct writer {
    json_writer& out;

    void operator()(std::nullptr_t) const { out.raw("null"); }
    void operator()(bool x) const { out.boolean(x); }
    void operator()(std::int64_t x) const { out.integer(x); }
    void operator()(std::uint64_t x) const { out.integer(x); }
    void operator()(double x) const { out.number(x); }
    void operator()(std::string_view x) const { out.text(x); }
    void operator()(const json::value* x) const { out.value(*x); }
    void operator()(const json::object* x) const { out.object(*x); }
    void operator()(const json::array* x) const { out.array(*x); }
    void operator()(const json_text* x) const { out.copy(*x); }
    void operator()(parts x) const { write(out, x); }
    void operator()(const convertible& x) const {
      out.value(x.convert(x.what));
    }
  };
  std::visit(writer{out}, what_);
}

void json_part::write(json_writer& out, parts list) {
  if (std::ranges::all_of(list, [](const auto& x) { return x.key(); })) {
    write_members(out, list);
    return;
  }
  out.raw("[");
  for (const auto& part : list) {
    if (&part != list.begin())
      out.raw(",");
    part.write_to(out);
  }
  out.raw("]");
}

void json_part::write_members(json_writer& out, parts list) {
  out.raw("{");
  for (const auto* member = list.begin(); member != list.end(); ++member) {
    const auto& key = *member->key();
    if (std::any_of(list.begin(), member, [&key](const json_part& before) {
          return *before.key() == key;
        }))
      continue;
    if (member != list.begin())
      out.raw(",");
    out.text(key);
    out.raw(":");
    std::get_if<parts>(&member->what_)->begin()[1].write_to(out);
  }
  out.raw("}");
}

const std::string_view* json_part::key() const {
  const auto* pair = std::get_if<parts>(&what_);
  return pair == nullptr || pair->size() != 2
             ? nullptr
             : std::get_if<std::string_view>(&pair->begin()->what_);
}

} // namespace stagedoor
