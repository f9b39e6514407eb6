// SPDX-License-Identifier: MIT
#include <openssl/sha.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <thread>
#include <vector>

#include "rotation_parts.hpp"

namespace rotation {
namespace {

enum class Verdict : std::uint8_t {
  good,
  unsigned_call,
  not_an_identity,
  header_differs,
  number_differs,
  unknown_certificate,
  of_another_account,
  before_publication,
  bad_signature,
};

constexpr std::array<const char*, 9> verdict_names{"good",
                                                   "unsigned",
                                                   "not_an_identity",
                                                   "header_differs",
                                                   "number_differs",
                                                   "unknown_certificate",
                                                   "of_another_account",
                                                   "before_publication",
                                                   "bad_signature"};

/// A line of the ledger, and the certificate that lies under its name.
struct Published {
  std::uint64_t account = 0;
  std::uint64_t round = 0;
  std::int64_t when_ns = 0;
  Key key;
};
using Ledger = std::map<std::string, Published, std::less<>>;

struct Answer {
  std::int64_t when_ns = 0;
  std::uint64_t account = 0;
  std::string status;
  std::string identity;
  Verdict verdict = Verdict::good;
  const Published* certificate = nullptr;
};

/// What `shaken302 cert publish` calls such a file: 128 bits of SHA-256.
std::string content_name(std::string_view content) {
  constexpr std::size_t name_bytes = 16;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(bytes_of(content), content.size(), digest.data());
  std::string name;
  for (std::size_t i = 0; i < name_bytes; ++i) {
    constexpr std::string_view digits = "0123456789abcdef";
    name += digits[digest[i] >> 4U];
    name += digits[digest[i] & 15U];
  }
  return name + ".pem";
}

/// The key of the first certificate in a published file, whose name must be that of its content.
Key key_under(const std::filesystem::path& path) {
  const std::string content = read_whole(path);
  need(content_name(content) == path.filename().string(), "a published file was rewritten");
  return key_of_certificate(content);
}

Ledger read_ledger(const std::filesystem::path& path, const std::filesystem::path& folder) {
  Ledger ledger;
  std::ifstream file(path);
  std::string name;
  Published entry;
  while (file >> entry.account >> entry.round >> name >> entry.when_ns) {
    entry.key = key_under(folder / name);
    need(ledger.emplace(name, std::move(entry)).second, "two certificates have one name");
    entry = {};
  }
  need(!ledger.empty(), "the ledger is empty");
  return ledger;
}

/// The next answers of a file of any size; empty at its end.
std::vector<Answer> read_answers(std::istream& file, std::uint64_t accounts) {
  constexpr std::size_t at_once = 50'000;
  std::vector<Answer> answers;
  Answer answer;
  std::uint64_t serial = 0;
  while (answers.size() < at_once && file >> answer.when_ns >> serial >> answer.status >> std::ws &&
         std::getline(file, answer.identity)) {
    answer.account = serial % accounts;
    answers.push_back(answer);
  }
  return answers;
}

class Verifier {
 public:
  Verifier(const Ledger& ledger, std::string_view base) : ledger_(ledger), base_(base) {}

  void judge(Answer& answer) const {
    if (answer.status != "302" || answer.identity == "-") {
      answer.verdict = Verdict::unsigned_call;
      return;
    }
    const auto token = take_apart(answer.identity);
    answer.verdict = token ? judge(*token, answer) : Verdict::not_an_identity;
  }

 private:
  Verdict judge(const Token& token, Answer& answer) const {
    // RFC 8225 9 leaves one way to write it, and RFC 8224 4.1 wants info to be the x5u.
    const std::string header = R"({"alg":"ES256","ppt":"shaken","typ":"passport","x5u":")" +
                               std::string(token.info) + "\"}";
    if (token.header != header) return Verdict::header_differs;
    const std::string orig = R"("orig":{"tn":")" + number_of_account(answer.account) + "\"}";
    if (token.payload.find(orig) == std::string::npos) return Verdict::number_differs;
    const auto found = ledger_.find(name_in(token.info));
    const bool is_there = token.info.starts_with(base_) &&
                          token.info.size() == base_.size() + 1 + name_in(token.info).size();
    if (!is_there || found == ledger_.end()) return Verdict::unknown_certificate;
    answer.certificate = &found->second;
    if (found->second.account != answer.account) return Verdict::of_another_account;
    if (found->second.when_ns > answer.when_ns) return Verdict::before_publication;
    return is_signed_by(found->second.key.get(), token.text, token.signature)
               ? Verdict::good
               : Verdict::bad_signature;
  }

  const Ledger& ledger_;
  std::string_view base_;
};

/// Whether the verifier can fail: one good Identity with any bit of its signature or of its payload
/// turned, and the same Identity checked with the certificate of every other token. The number of
/// refusals; an exception when something passes.
std::uint64_t check_the_verifier(const Answer& answer, const Ledger& ledger) {
  const auto token = take_apart(answer.identity);
  need(token.has_value(), "self-check: no token");
  EVP_PKEY* const key = answer.certificate->key.get();
  std::uint64_t refused = e2e::check_the_verifier(*token, key);
  for (const auto& [name, other] : ledger) {
    if (&other == answer.certificate) continue;
    need(!is_signed_by(other.key.get(), token->text, token->signature),
         "self-check: another certificate passes");
    ++refused;
  }
  return refused;
}

void judge_all(const Verifier& verifier, std::vector<Answer>& answers) {
  constexpr std::size_t threads = 2;
  std::vector<std::jthread> workers;
  for (std::size_t first = 0; first < threads; ++first) {
    workers.emplace_back([&verifier, &answers, first] {
      for (std::size_t i = first; i < answers.size(); i += threads) verifier.judge(answers[i]);
    });
  }
}

/// The counts over all answers, in the order in which they came.
class Tally {
 public:
  Tally(const Ledger& ledger, std::uint64_t accounts) : ledger_(ledger), newest_(accounts) {}

  void add(const Answer& answer) {
    ++answers_;
    ++counts_[static_cast<std::size_t>(answer.verdict)];
    if (answer.verdict != Verdict::good) {
      print_failure(answer);
      return;
    }
    ++tokens_[answer.certificate];
    last_good_ = answer;
    look_for_fall_back(answer);
  }

  void print() const {
    need(last_good_.certificate != nullptr, "not one good Identity");
    std::cout << "answers=" << answers_;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      std::cout << ' ' << verdict_names[i] << '=' << counts_[i];
    }
    std::cout << " certificates=" << ledger_.size() << " certificates_used=" << tokens_.size()
              << " fell_back=" << fell_back_
              << " self_check_refused=" << check_the_verifier(last_good_, ledger_) << std::endl;
  }

  [[nodiscard]] bool is_good() const {
    return counts_[0] == answers_ && tokens_.size() == ledger_.size() && fell_back_ == 0;
  }

 private:
  struct Newest {
    std::uint64_t round = 0;
    std::int64_t since_ns = 0;
  };

  /// Signed with an older certificate long after a newer one had been used for the account.
  void look_for_fall_back(const Answer& answer) {
    constexpr std::int64_t long_after_ns = 1'000'000'000;
    Newest& newest = newest_[answer.account];
    const std::uint64_t round = answer.certificate->round;
    if (round > newest.round) {
      newest = {round, answer.when_ns};
    } else if (round < newest.round && answer.when_ns > newest.since_ns + long_after_ns) {
      ++fell_back_;
    }
  }

  void print_failure(const Answer& answer) {
    constexpr int most = 10;
    if (printed_ == most) return;
    ++printed_;
    std::cerr << verdict_names[static_cast<std::size_t>(answer.verdict)] << ": account "
              << answer.account << " at " << answer.when_ns << " status " << answer.status << ' '
              << answer.identity << '\n';
  }

  const Ledger& ledger_;
  std::vector<Newest> newest_;  ///< by account
  std::uint64_t answers_ = 0;
  std::array<std::uint64_t, verdict_names.size()> counts_{};
  std::map<const Published*, std::uint64_t> tokens_;
  Answer last_good_;
  std::uint64_t fell_back_ = 0;
  int printed_ = 0;
};

}  // namespace

bool verify_answers(Arguments arguments) {
  const Ledger ledger = read_ledger(arguments[1], arguments[2]);
  const std::uint64_t accounts = number_of(arguments[4]);
  const Verifier verifier(ledger, arguments[3]);
  Tally tally(ledger, accounts);
  std::ifstream file{std::string(arguments[0])};
  for (auto answers = read_answers(file, accounts); !answers.empty();
       answers = read_answers(file, accounts)) {
    judge_all(verifier, answers);
    for (const Answer& answer : answers) tally.add(answer);
  }
  tally.print();
  return tally.is_good();
}

}  // namespace rotation
