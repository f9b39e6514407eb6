// SPDX-License-Identifier: MIT
#include "handover.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace shaken302::app {

Handover::Handover(Parts parts) : parts_(std::move(parts)) {
  if (!parts_.predecessor) return;
  parts_.log.info(fmt::format("process {} serves until this one does", parts_.predecessor->pid()));
  parts_.manager.set_silent(true);
}

void Handover::tell_serving() {
  if (parts_.predecessor) parts_.predecessor->tell_serving();
}

void Handover::begin(const std::vector<NamedSocket>& sockets, Time now) {
  const auto refuse = [this](std::string_view why) {
    parts_.log.error(fmt::format("no successor is started: {}", why));
  };
  if (successor_) return refuse(fmt::format("process {} is starting already", successor_->pid()));
  if (parts_.predecessor) return refuse("the process before this one has not left yet");
  if (!parts_.program) return refuse("it is not known by which path this process was started");
  // Its end is the end of every process of its name space: a container stops.
  if (::getpid() == 1) return refuse("process 1 cannot leave");
  auto started = Successor::start({.program = *parts_.program,
                                   .environment = own_environment(),
                                   .is_sibling = parts_.manager.is_present()},
                                  sockets, now);
  if (!started) return refuse(started.error());
  successor_.emplace(*std::move(started));
  is_reload_wanted_ = false;
  parts_.log.info(fmt::format("process {} is started to serve in this one's place: {}",
                              successor_->pid(), parts_.program->path.string()));
}

void Handover::cancel(Time now) {
  if (!successor_) return;
  parts_.log.info(fmt::format("process {} is not waited for", successor_->pid()));
  const auto outcome = successor_->look(now);
  if (outcome && outcome->serves) return dismiss(now);
  successor_.reset();
}

/// One that serves has calls in its hands.
void Handover::dismiss(Time now) {
  successor_->dismiss(now);
  dismissed_.emplace(*std::move(successor_));
  successor_.reset();
}

Handover::Event Handover::look(Time now) {
  if (dismissed_ && dismissed_->is_gone(now)) dismissed_.reset();
  if (parts_.predecessor) return look_at_predecessor();
  return successor_ ? look_at_successor(now) : Event::none;
}

Handover::Event Handover::look_at_predecessor() {
  const auto word = parts_.predecessor->hear();
  if (!word) return Event::none;
  if (word->is_dismissal) {
    parts_.log.info(fmt::format("process {} serves on, this one leaves the sockets to it",
                                parts_.predecessor->pid()));
    return Event::dismissed;
  }
  parts_.log.info(
      fmt::format("process {} has left the sockets to this one", parts_.predecessor->pid()));
  parts_.predecessor.reset();
  parts_.manager.set_silent(false);
  return word->is_reload_wanted ? Event::taken_over_and_reload : Event::taken_over;
}

Handover::Event Handover::look_at_successor(Time now) {
  const pid_t pid = successor_->pid();
  const auto outcome = successor_->look(now);
  if (!outcome) return Event::none;
  if (!outcome->serves) {
    parts_.log.error(
        fmt::format("process {} does not serve, this one serves on: {}", pid, outcome->failure));
    successor_.reset();
    return Event::none;
  }
  // In this order: the manager hears the new one only once it knows it. One that is not told would
  // take the end of this process for the end of the service, and end the new one with it.
  if (!parts_.manager.main_process(pid)) {
    parts_.log.error(fmt::format(
        "process {} is ended, this one serves on: the service manager takes no MAINPID=", pid));
    dismiss(now);
    return Event::none;
  }
  parts_.manager.set_silent(true);
  successor_->release(is_reload_wanted_);
  successor_.reset();
  parts_.log.info(fmt::format("process {} serves, this one leaves the sockets to it", pid));
  return Event::handed_over;
}

}  // namespace shaken302::app
