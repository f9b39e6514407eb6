// SPDX-License-Identifier: MIT
//
// A closed loop of HTTP for secsipidx's server: http_load PORT CONNECTIONS SECONDS BODY posts BODY
// to /v1/sign-csv on connections that stay open, one request at a time on each. Prints one object
// of JSON.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
  int socket = -1;
  std::string answer;
  Clock::time_point sent;
};

int connected(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int at_once = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const void* place = &address;
  if (socket < 0 || ::connect(socket, static_cast<const sockaddr*>(place), sizeof address) != 0)
    throw std::runtime_error("no connection");
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  return socket;
}

/// Bytes of the first answer, 0 while it is not whole. The server says how long its bodies are.
std::size_t answer_bytes(std::string_view text) {
  const auto end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  constexpr std::string_view name = "\r\nContent-Length: ";
  const auto at = text.substr(0, end).find(name);
  std::size_t body = 0;
  if (at == std::string_view::npos) throw std::runtime_error("an answer without Content-Length");
  std::from_chars(text.data() + at + name.size(), text.data() + end, body);
  return text.size() >= end + 4 + body ? end + 4 + body : 0;
}

class HttpLoad {
 public:
  HttpLoad(std::uint16_t port, std::size_t connections, const std::string& body)
      : request_("POST /v1/sign-csv HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " +
                 std::to_string(body.size()) + "\r\n\r\n" + body),
        connections_(connections) {
    for (Connection& connection : connections_) {
      connection.socket = connected(port);
      polled_.push_back({connection.socket, POLLIN, 0});
    }
  }

  void run(double seconds) {
    begin_ = Clock::now();
    const auto end = begin_ + std::chrono::duration_cast<Clock::duration>(
                                  std::chrono::duration<double>(seconds));
    for (Connection& connection : connections_) send(connection);
    while (Clock::now() < end) {
      if (::poll(polled_.data(), polled_.size(), 10000) <= 0)
        throw std::runtime_error("no answer within ten seconds");
      for (std::size_t i = 0; i < polled_.size(); ++i) {
        if (polled_[i].revents != 0) receive(connections_[i]);
      }
    }
    seconds_ = std::chrono::duration<double>(Clock::now() - begin_).count();
    for (const Connection& connection : connections_) ::close(connection.socket);
  }

  void print() {
    std::sort(latencies_us_.begin(), latencies_us_.end());
    std::cout << R"({"good": )" << latencies_us_.size() << R"(, "wrong": )" << wrong_
              << R"(, "seconds": )" << seconds_ << R"(, "good_per_s": )"
              << static_cast<double>(latencies_us_.size()) / seconds_
              << R"(, "latency_us": {"p50": )" << percentile(0.5) << R"(, "p99": )"
              << percentile(0.99) << R"(, "p999": )" << percentile(0.999) << "}}" << std::endl;
  }

 private:
  void send(Connection& connection) {
    connection.answer.clear();
    connection.sent = Clock::now();
    const auto sent = ::send(connection.socket, request_.data(), request_.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request_.size())) throw std::runtime_error("not sent");
  }

  void receive(Connection& connection) {
    std::array<char, 4096> part{};
    const ssize_t got = ::recv(connection.socket, part.data(), part.size(), 0);
    if (got <= 0) throw std::runtime_error("the server closed a connection");
    connection.answer.append(part.data(), static_cast<std::size_t>(got));
    if (answer_bytes(connection.answer) == 0) return;
    // A token and its parameters, and no refusal.
    const bool is_good = connection.answer.starts_with("HTTP/1.1 200") &&
                         connection.answer.find(";info=<") != std::string::npos;
    if (is_good) {
      latencies_us_.push_back(
          std::chrono::duration<double, std::micro>(Clock::now() - connection.sent).count());
    } else {
      ++wrong_;
    }
    send(connection);
  }

  [[nodiscard]] double percentile(double share) const {
    if (latencies_us_.empty()) return 0;
    const auto index = static_cast<std::size_t>(share * static_cast<double>(latencies_us_.size()));
    return latencies_us_[std::min(index, latencies_us_.size() - 1)];
  }

  std::string request_;
  std::vector<Connection> connections_;
  std::vector<pollfd> polled_;
  std::vector<double> latencies_us_;
  std::size_t wrong_ = 0;
  Clock::time_point begin_;
  double seconds_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: http_load PORT CONNECTIONS SECONDS BODY\n";
    return 64;
  }
  try {
    HttpLoad load(static_cast<std::uint16_t>(std::strtoul(argv[1], nullptr, 10)),
                  std::max<std::size_t>(1, std::strtoul(argv[2], nullptr, 10)), argv[4]);
    load.run(std::strtod(argv[3], nullptr));
    load.print();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "http_load: " << error.what() << '\n';
    return 1;
  }
}
