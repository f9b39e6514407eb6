// SPDX-License-Identifier: MIT
#include <array>
#include <fstream>
#include <iostream>
#include <map>
#include <thread>

#include "fault_parts.hpp"

namespace fault {
namespace {

enum class Verdict : std::uint8_t {
  good,
  unsigned_call,
  not_an_identity,
  header_differs,
  numbers_differ,
  level_differs,
  iat_differs,
  unknown_certificate,
  bad_signature,
};
constexpr std::array<const char*, 9> verdict_names{
    "good",          "unsigned",    "not_an_identity",     "header_differs", "numbers_differ",
    "level_differs", "iat_differs", "unknown_certificate", "bad_signature"};

struct Answer {
  std::int64_t when_ns = 0;
  std::uint64_t serial = 0;
  std::string status;
  std::string identity;
  Verdict verdict = Verdict::good;
};

std::vector<Answer> read_answers(std::istream& file) {
  constexpr std::size_t at_once = 50'000;
  std::vector<Answer> answers;
  Answer answer;
  while (answers.size() < at_once &&
         file >> answer.when_ns >> answer.serial >> answer.status >> std::ws &&
         std::getline(file, answer.identity)) {
    answers.push_back(answer);
  }
  return answers;
}

class Verifier {
 public:
  explicit Verifier(Arguments arguments) : callers_(read_callers(arguments[1])) {
    is_clock_looked_at_ = arguments[2] != "-";
    if (is_clock_looked_at_) slack_ = static_cast<std::int64_t>(e2e::number_of(arguments[2]));
    for (std::size_t i = 3; i + 1 < arguments.size(); i += 2) {
      const std::string pem = e2e::read_whole(std::string(arguments[i + 1]));
      keys_.emplace(arguments[i], e2e::key_of_certificate(pem));
    }
  }

  [[nodiscard]] Verdict judge(const Answer& answer) const {
    if (answer.status != "302" || answer.identity == "-") return Verdict::unsigned_call;
    const auto token = e2e::take_apart(answer.identity);
    if (!token) return Verdict::not_an_identity;
    // RFC 8225 9 leaves one way to write it, and RFC 8224 4.1 wants info to be the x5u.
    const std::string header = R"({"alg":"ES256","ppt":"shaken","typ":"passport","x5u":")" +
                               std::string(token->info) + "\"}";
    if (token->header != header) return Verdict::header_differs;
    const Verdict claims = judge_claims(token->payload, answer);
    if (claims != Verdict::good) return claims;
    const auto key = keys_.find(token->info);
    if (key == keys_.end()) return Verdict::unknown_certificate;
    return e2e::is_signed_by(key->second.get(), token->text, token->signature)
               ? Verdict::good
               : Verdict::bad_signature;
  }

  [[nodiscard]] std::uint64_t check_itself(const Answer& good) const {
    const auto token = e2e::take_apart(good.identity);
    return e2e::check_the_verifier(e2e::need(token, "a token").value(),
                                   keys_.find(token->info)->second.get());
  }

 private:
  [[nodiscard]] Verdict judge_claims(std::string_view payload, const Answer& answer) const {
    const Caller& caller = callers_[answer.serial % callers_.size()];
    const std::string dest = R"(,"dest":{"tn":["12155559999"]},"iat":)";
    const std::string orig = R"("orig":{"tn":")" + caller.number + "\"}";
    const auto at = payload.find(dest);
    if (at == std::string_view::npos || payload.find(orig) == std::string_view::npos) {
      return Verdict::numbers_differ;
    }
    const std::string level = R"({"attest":")" + caller.level + '"';
    if (caller.level != "-" && payload.substr(0, at) != level) return Verdict::level_differs;
    const std::string_view rest = payload.substr(at + dest.size());
    const auto iat = static_cast<std::int64_t>(e2e::number_of(rest.substr(0, rest.find(','))));
    const std::int64_t age = answer.when_ns / 1'000'000'000 - iat;
    return !is_clock_looked_at_ || (age >= -slack_ && age <= slack_) ? Verdict::good
                                                                     : Verdict::iat_differs;
  }

  std::vector<Caller> callers_;
  std::map<std::string, e2e::Key, std::less<>> keys_;  ///< by x5u
  bool is_clock_looked_at_ = false;
  std::int64_t slack_ = 0;
};

void judge_all(const Verifier& verifier, std::vector<Answer>& answers) {
  constexpr std::size_t threads = 2;
  std::vector<std::jthread> workers;
  for (std::size_t first = 0; first < threads; ++first) {
    workers.emplace_back([&verifier, &answers, first] {
      for (std::size_t i = first; i < answers.size(); i += threads) {
        answers[i].verdict = verifier.judge(answers[i]);
      }
    });
  }
}

void print_failure(const Answer& answer) {
  static int printed = 0;
  if (++printed > 10) return;
  std::cerr << verdict_names[static_cast<std::size_t>(answer.verdict)] << ": call " << answer.serial
            << " status " << answer.status << ' ' << answer.identity << '\n';
}

}  // namespace

bool verify_answers(Arguments arguments) {
  const Verifier verifier(arguments);
  std::array<std::uint64_t, verdict_names.size()> counts{};
  std::uint64_t all = 0;
  std::uint64_t refused = 0;
  std::ifstream file{std::string(arguments[0])};
  for (auto answers = read_answers(file); !answers.empty(); answers = read_answers(file)) {
    judge_all(verifier, answers);
    for (const Answer& answer : answers) {
      ++all;
      ++counts[static_cast<std::size_t>(answer.verdict)];
      if (answer.verdict == Verdict::good) {
        if (refused == 0) refused = verifier.check_itself(answer);
      } else if (answer.verdict != Verdict::unsigned_call) {
        print_failure(answer);
      }
    }
  }
  std::cout << "verified answers=" << all;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    std::cout << ' ' << verdict_names[i] << '=' << counts[i];
  }
  std::cout << " bad=" << all - counts[0] - counts[1] << " self_check_refused=" << refused
            << std::endl;
  return counts[0] + counts[1] == all;
}

}  // namespace fault
