// SPDX-License-Identifier: MIT
#include "exchange.hpp"

#include "to_tag.hpp"

namespace shaken302::sip {
namespace {

constexpr std::size_t udp_reply_bytes_max = 1300;  ///< RFC 3261 18.1.1 with an unknown path MTU

}  // namespace

Answer silence(const Exchange& exchange, Outcome outcome) noexcept {
  exchange.worker.metrics.add(counter_of(outcome));
  Answer answer;
  answer.outcome = outcome;
  return answer;
}

Reply::Reply(const Exchange& exchange, Outcome outcome, Status status, const Echo& echo) noexcept
    : exchange_(exchange),
      outcome_(outcome),
      status_(status),
      via_(echo.via),
      is_for_help_(echo.is_for_help),
      out_(exchange.worker.reply) {
  WorkerState& worker = exchange.worker;
  const ToTag tag(worker.tags, worker.read.index, echo.via != nullptr ? echo.via->value : "");
  const ReplyContext context{&worker.read.index, echo.via, exchange.request.source, tag.text(),
                             worker.settings.server_header};
  append_reply_head(out_, status.code, status.phrase, context, echo.to_has_tag);
}

Answer Reply::finish() noexcept {
  append_reply_end(out_);
  WorkerMetrics& metrics = exchange_.worker.metrics;
  if (out_.overflowed()) {
    metrics.add(Counter::reply_too_large);
    return silence(exchange_, Outcome::reply_too_large);
  }
  if (is_over_ratio()) {
    metrics.add(Counter::reply_over_ratio);
    return silence(exchange_, Outcome::reply_over_ratio);
  }
  metrics.add(counter_of(outcome_));
  if (is_over_1300()) metrics.add(Counter::reply_over_1300);
  Answer answer;
  answer.outcome = outcome_;
  answer.status = status_.code;
  answer.reply = out_.view();
  answer.destination = destination();
  return answer;
}

bool Reply::is_over_1300() const noexcept {
  return exchange_.request.transport == Transport::udp && out_.size() > udp_reply_bytes_max;
}

/// Whoever forges a source must not have us send that host much more than he sends himself. Behind
/// a connection the source is who it says.
bool Reply::is_over_ratio() const noexcept {
  const std::size_t most = exchange_.worker.settings.reply_ratio_max;
  return exchange_.request.transport == Transport::udp && most != 0 && !is_for_help_ &&
         out_.size() > most * exchange_.request.bytes.size();
}

Endpoint Reply::destination() const noexcept {
  const Endpoint& source = exchange_.request.source;
  // On TCP and TLS a reply goes back on its connection (RFC 3261 18.2.2).
  if (exchange_.request.transport != Transport::udp) return source;
  return reply_destination(source, via_, exchange_.peer != nullptr && exchange_.peer->force_rport);
}

Answer reply_to(const Exchange& exchange, const ParsedRequest& request, Outcome outcome,
                std::string_view fields) noexcept {
  Reply reply(exchange, outcome, status_of(outcome), {&request.via, request.has_to_tag});
  reply.out().append(fields);
  return reply.finish();
}

}  // namespace shaken302::sip
