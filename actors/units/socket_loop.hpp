#pragma once

#include "stagedoor/actors/units/descriptor.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace stagedoor {

/// What a loop watches: a `loop_socket` or a `loop_listener`. The loop keeps
/// its own notes in it, so that it needs no table.
class loop_entry : public boost::intrusive::list_base_hook<> {
public:
  loop_entry() = default;
  virtual ~loop_entry() = default;

  loop_entry(const loop_entry&) = delete;
  loop_entry& operator=(const loop_entry&) = delete;

private:
  friend class socket_loop;

  /// What a loop knows of it. Only loops touch this.
  struct notes {
    /// Keeps the entry while it is watched.
    std::shared_ptr<loop_entry> keeper;
    /// Less than 0 unless it is watched.
    int handle = -1;
    /// The loop's own; 0 at first.
    std::uint32_t mark = 0;
    /// The most bytes that the next `received` brings.
    std::uint32_t bytes_max = 0;
    bool is_listener = false;
    /// The entry waits for `received` or `accepted`.
    bool wants_input = false;
    /// The entry waits for `writable`.
    bool wants_output = false;
  };
  notes notes_;
};

/// The owner of a connected socket, as a loop calls it.
class loop_socket : public loop_entry {
public:
  using error_code = boost::system::error_code;

  /// Bytes have come, after `socket_loop::receive`.
  /// @param bytes are valid, and may be changed, until the function returns.
  ///        No bytes and no error mean that the client sends nothing more.
  virtual void received(std::span<char> bytes, error_code error) = 0;

  /// The system has taken bytes, after `socket_loop::send`.
  /// @param count less than was to be sent means that the socket takes nothing
  ///        more at the moment. With an error it is 0.
  virtual void sent(std::size_t count, error_code error) = 0;

  /// The socket takes bytes again, or fails, which sending shows. This comes
  /// after `socket_loop::await_writable`.
  virtual void writable() = 0;
};

/// The owner of a listening socket, as a loop calls it.
class loop_listener : public loop_entry {
public:
  using error_code = boost::system::error_code;

  /// A client has come, after `socket_loop::accept`.
  /// @param socket any loop may watch it. It is not open if there is an error.
  virtual void accepted(descriptor socket, error_code error) = 0;
};

/// Waits for the sockets of one unit, and does their input and output: all that
/// a unit asks of the operating system while it runs.
///
/// **Threads.** Everything belongs to the thread of the unit but `wake`. While
/// that thread does not run, before its start and after its end, another thread
/// may take its place.
///
/// **Calls.** A loop calls `received`, `writable` and `accepted` only inside of
/// `wait`, and `sent` only inside of `send` or of the next `wait`, there before
/// any other call. Each function that asks for something (`receive`,
/// `await_writable`, `accept`, `send`) leads to exactly one call, unless the
/// entry is forgotten before. To ask again for what has not come yet leads to
/// no further call. Within a call the entry may ask for more, and it may forget
/// itself and any other entry.
///
/// **Input.** Nothing is read from a socket unless it asks, so what its client
/// sends stays in the kernel and holds up the client. Sockets that do not ask
/// cost no time, however much has come for them or whatever has happened to
/// them: an end or an error is told to whoever asks next. To ask again right
/// after `received` costs no system call.
///
/// **Output.** Bytes that are given to `send` stay where they are, unchanged,
/// until `sent` has been called. A loop keeps no bytes: what the system does
/// not take has to be sent again after `writable`.
///
/// **Life.** The loop keeps an entry from `watch` to `forget`, and from there
/// to the next `wait`, so that an entry that is forgotten in the midst of its
/// own code is still there when that code returns. After `forget` no call
/// comes. What was given to `send` before `forget` leaves nevertheless, as far
/// as the system takes it. A socket is forgotten before it is closed.
class socket_loop {
public:
  using clock = std::chrono::steady_clock;
  using error_code = boost::system::error_code;

  /// The most bytes of one `received`: a size for good throughput, no bound on
  /// anything.
  static constexpr std::size_t receive_bytes_max = std::size_t{64} * 1024;

  /// What a wait has brought.
  struct outcome {
    /// How many sockets had something.
    std::size_t events = 0;
    /// `wake` was called.
    bool is_woken = false;
  };

  virtual ~socket_loop() = default;

  /// Waits until a socket has something, `wake` is called or `until` is
  /// reached, and makes the calls that are due. An earlier `wake` that no
  /// `wait` has told of ends it at once.
  /// @param until `time_point::min()` only looks, and `time_point::max()` waits
  ///        for ever. Seldom a wait ends before that without any call.
  /// @param events_max how many sockets get calls at most, `sent` aside; the
  ///        others are first in the next wait. With 0 it does not wait.
  virtual outcome wait(clock::time_point until, std::size_t events_max) = 0;

  /// Ends the current or the next `wait`. Thread rule: any thread.
  virtual void wake() = 0;

  /// Begins to watch a connected socket. Nothing is asked for yet.
  /// @param handle stays open until the socket is forgotten.
  virtual void watch(std::shared_ptr<loop_socket> socket, int handle) = 0;

  /// Begins to watch a listening socket. Nothing is asked for yet.
  /// @param handle as above. It does not block.
  virtual void watch(std::shared_ptr<loop_listener> listener, int handle) = 0;

  /// Asks for the bytes that come next, and for the end or an error otherwise.
  /// @param bytes_max of more bytes, the rest stays in the kernel;
  ///        `receive_bytes_max` at most, and not 0. What is asked again before
  ///        anything has come changes nothing.
  virtual void receive(loop_socket& socket, std::size_t bytes_max) = 0;

  /// Sends bytes, which must not be empty. A socket sends once at a time.
  virtual void send(loop_socket& socket, std::string_view bytes) = 0;

  /// Asks when the socket takes bytes again.
  virtual void await_writable(loop_socket& socket) = 0;

  /// Asks for the next client.
  virtual void accept(loop_listener& listener) = 0;

  /// Ends watching. An entry that is not watched is left alone.
  virtual void forget(loop_entry& entry) = 0;

protected:
  using notes = loop_entry::notes;

  static notes& notes_of(loop_entry& entry) { return entry.notes_; }
};

} // namespace stagedoor
