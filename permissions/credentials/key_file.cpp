#include "stagedoor/permissions/credentials/key_file.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <sys/stat.h>

#include <utility>

namespace stagedoor {

caf::expected<std::shared_ptr<key_file>> key_file::open(options settings,
                                                        time_point now) {
  // Before the file is read: a change in between is seen at the next look.
  const auto before = stamp_of(settings.path);
  auto read = read_web_keys(settings.path);
  if (!read)
    return std::move(read.error());
  auto result =
      std::make_shared<key_file>(std::move(settings), std::move(*read), now);
  result->stamp_ = before;
  return result;
}

key_file::key_file(options settings, web_keys keys, time_point now)
    : settings_(std::move(settings)),
      keys_(std::make_shared<web_keys>(std::move(keys))), checked_(now) {}

std::shared_ptr<const web_keys> key_file::keys(time_point now,
                                               bool key_is_missing) {
  caf::error wrong;
  std::shared_ptr<const web_keys> result;
  {
    const std::lock_guard guard{mutex_};
    if (is_due(now, key_is_missing))
      wrong = reload();
    result = keys_;
  }
  if (wrong != caf::none && settings_.on_reload_error)
    settings_.on_reload_error(wrong);
  return result;
}

std::optional<key_file::stamp> key_file::stamp_of(const std::string& path) {
  struct stat now {};
  if (::stat(path.c_str(), &now) != 0)
    return std::nullopt;
  return stamp{now.st_mtim.tv_sec, now.st_mtim.tv_nsec, now.st_size,
               now.st_ino};
}

bool key_file::is_due(time_point now, bool key_is_missing) {
  const auto interval = key_is_missing ? settings_.missing_key_interval
                                       : settings_.check_interval;
  // A wall clock may be set back.
  if (now >= checked_ && now < checked_ + interval)
    return false;
  checked_ = now;
  return true;
}

caf::error key_file::reload() {
  const auto found = stamp_of(settings_.path);
  if (found == stamp_)
    return caf::none;
  stamp_ = found;
  auto read = read_web_keys(settings_.path);
  if (!read)
    return std::move(read.error());
  if (read->form() != keys_->form())
    return make_error(errc::invalid_key_file,
                      settings_.path
                          + ": must stay what it was: a JWKS, a PEM or a "
                            "secret");
  keys_ = std::make_shared<web_keys>(std::move(*read));
  return caf::none;
}

} // namespace stagedoor
