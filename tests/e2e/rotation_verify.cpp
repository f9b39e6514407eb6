// SPDX-License-Identifier: MIT
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
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

std::string read_whole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  need(file.is_open(), path.c_str());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

const unsigned char* bytes_of(std::string_view text) {
  // OpenSSL's type for bytes is unsigned char.
  return static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
}

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
  const Bio bio(need(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())), "memory"));
  const Certificate leaf(need(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), "PEM"));
  return Key(need(X509_get_pubkey(leaf.get()), "key"));
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

/// RFC 4648 5 without padding; nothing for another character.
std::optional<std::string> decoded(std::string_view text) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>((bits >> held) & 0xFFU);
  }
  return bytes;
}

/// RFC 7518 3.4: R and S as 32 bytes each.
bool is_signed_by(EVP_PKEY* key, std::string_view text, std::string_view raw) {
  constexpr int part = 32;
  if (raw.size() != 64) return false;
  const Signature signature(need(ECDSA_SIG_new(), "memory"));
  BIGNUM* r = need(BN_bin2bn(bytes_of(raw), part, nullptr), "memory");
  BIGNUM* s = need(BN_bin2bn(bytes_of(raw.substr(part)), part, nullptr), "memory");
  ECDSA_SIG_set0(signature.get(), r, s);
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  need(size > 0, "memory");
  const DigestContext context(need(EVP_MD_CTX_new(), "memory"));
  const bool good = EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
                    EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(size),
                                     bytes_of(text), text.size()) == 1;
  OPENSSL_free(der);
  return good;
}

/// An Identity in full form (RFC 8224 4): the signed text, and what stands around it.
struct Token {
  std::string_view text;  ///< header and payload, as they were signed
  std::string header;
  std::string payload;
  std::string signature;
  std::string_view info;
};

std::optional<Token> take_apart(std::string_view identity) {
  const auto first = identity.find('.');
  const auto second = identity.find('.', first + 1);
  const auto end = identity.find(";info=<");
  const auto behind = identity.find(">;alg=ES256;ppt=shaken");
  if (first == std::string_view::npos || second == std::string_view::npos ||
      end == std::string_view::npos || behind == std::string_view::npos || second > end ||
      end > behind) {
    return std::nullopt;
  }
  const auto header = decoded(identity.substr(0, first));
  const auto payload = decoded(identity.substr(first + 1, second - first - 1));
  const auto signature = decoded(identity.substr(second + 1, end - second - 1));
  if (!header || !payload || !signature) return std::nullopt;
  return Token{identity.substr(0, second), *header, *payload, *signature,
               identity.substr(end + 7, behind - end - 7)};
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
  need(is_signed_by(key, token->text, token->signature), "self-check: the good one fails");
  std::uint64_t refused = 0;
  for (std::size_t bit = 0; bit < token->signature.size() * 8; ++bit) {
    std::string turned = token->signature;
    turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ (1 << (bit % 8)));
    need(!is_signed_by(key, token->text, turned), "self-check: a turned signature passes");
    ++refused;
  }
  for (std::size_t at = 0; at < token->text.size(); ++at) {
    std::string turned(token->text);
    turned[at] = static_cast<char>(turned[at] ^ 1);
    need(!is_signed_by(key, turned, token->signature), "self-check: a turned text passes");
    ++refused;
  }
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
