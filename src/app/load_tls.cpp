// SPDX-License-Identifier: MIT
#include "load_tls.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/private_key_traces.hpp"
#include "directory/load_snapshot.hpp"
#include "directory/wiped_text.hpp"

namespace shaken302::app {
namespace {

constexpr std::size_t file_bytes_max = 1U << 20U;
constexpr std::chrono::days client_ca_warning_time{14};

struct Fault {
  std::string_view key;
  std::string_view problem;
  std::string_view remedy;
};

Fault fault_of(net::TlsError error) noexcept {
  using Error = net::TlsError;
  switch (error) {
    case Error::certificate:
      return {"certificate", "holds no certificate that can be read",
              "put the chain there as PEM, the server's own certificate first"};
    case Error::dates:
      return {"certificate", "has a date that cannot be read, or ends before it begins",
              "have it issued again"};
    case Error::certificate_refused:
      return {"certificate", "holds a certificate that TLS does not take",
              "use one with an RSA key of at least 2048 bits or an EC key, and at most 16 of them"};
    case Error::key:
      return {"key", "holds no private key that can be read", "put the private key there as PEM"};
    case Error::passphrase:
      return {"passphrase_file", "the passphrase is missing or wrong",
              "name a file with the passphrase of the key"};
    case Error::key_of_another:
      return {"key", "is not the key of the certificate",
              "name the key and the certificate that belong together"};
    case Error::client_ca:
      return {"client_ca", "holds no certificate that can be read",
              "put the certificates of the CAs of your clients there, as PEM"};
    case Error::memory:
      break;
  }
  return {"certificate", "OpenSSL could not be set up", "look for a lack of memory"};
}

net::TlsContext::Clients clients_of(config::ClientCertificates asked) noexcept {
  switch (asked) {
    case config::ClientCertificates::none:
      return net::TlsContext::Clients::not_asked;
    case config::ClientCertificates::optional:
      return net::TlsContext::Clients::asked;
    case config::ClientCertificates::required:
      break;
  }
  return net::TlsContext::Clients::must_answer;
}

/// The files of one configuration.
class TlsFiles {
 public:
  TlsFiles(const std::filesystem::path& configuration, const config::TlsSettings& tls)
      : configuration_(configuration.string()), tls_(tls) {}

  Result<std::shared_ptr<const net::TlsContext>, config::ConfigIssues> load() {
    const auto certificate = read("certificate", tls_.certificate, false);
    const auto key = read("key", tls_.key, true);
    const auto passphrase = read("passphrase_file", tls_.passphrase, true);
    const bool is_asked = tls_.client_certificates != config::ClientCertificates::none;
    const auto client_ca =
        read("client_ca", is_asked ? tls_.client_ca : std::filesystem::path(), false);
    if (!is_key_file(tls_.certificate)) {
      refuse_private_key("certificate", tls_.certificate, certificate.view());
    }
    refuse_private_key("client_ca", tls_.client_ca, client_ca.view());
    if (!issues_.empty()) return Failure{std::move(issues_)};
    net::TlsContext::Material material;
    material.certificate = certificate.view();
    material.key = key.view();
    if (!tls_.passphrase.empty()) material.passphrase = without_line_end(passphrase.view());
    material.client_ca = client_ca.view();
    material.clients = clients_of(tls_.client_certificates);
    auto context = net::TlsContext::make(material);
    if (!context) return Failure{config::ConfigIssues{issue_of(context.error())}};
    return std::make_shared<const net::TlsContext>(*std::move(context));
  }

 private:
  directory::WipedText read(std::string_view key, const std::filesystem::path& path,
                            bool is_private) {
    if (path.empty()) return directory::WipedText(std::string());
    auto text = directory::read_file(path, file_bytes_max, is_private);
    if (text) return directory::WipedText(*std::move(text));
    issues_.push_back({configuration_, tls_.lines.of(key), fmt::format("tls.{}", key),
                       fmt::format("{} {}", path.string(), text.error().problem),
                       text.error().remedy});
    return directory::WipedText(std::string());
  }

  /// One file with key and certificate has been read as a key is: its owner alone may read it.
  [[nodiscard]] bool is_key_file(const std::filesystem::path& path) const {
    std::error_code error;
    return std::filesystem::equivalent(path, tls_.key, error);
  }

  /// What is handed out, or may be read by anybody, is no place for one.
  void refuse_private_key(std::string_view key, const std::filesystem::path& path,
                          std::string_view bytes) {
    if (!holds_private_key(bytes)) return;
    issues_.push_back({configuration_, tls_.lines.of(key), fmt::format("tls.{}", key),
                       fmt::format("{}: holds a private key", path.string()),
                       "take the key out of this file: its place is a file of its own, readable by "
                       "its owner alone"});
  }

  [[nodiscard]] config::ConfigIssue issue_of(net::TlsError error) const {
    const Fault fault = fault_of(error);
    const auto& path = fault.key == "certificate" ? tls_.certificate
                       : fault.key == "client_ca" ? tls_.client_ca
                                                  : tls_.key;
    const std::uint32_t line = tls_.lines.of(fault.key);
    return {configuration_, line != 0 ? line : tls_.lines.of("key"),
            fmt::format("tls.{}", fault.key), fmt::format("{}: {}", path.string(), fault.problem),
            std::string(fault.remedy)};
  }

  static std::string_view without_line_end(std::string_view text) noexcept {
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    return text;
  }

  const std::string configuration_;
  const config::TlsSettings& tls_;
  config::ConfigIssues issues_;
};

}  // namespace

Result<std::shared_ptr<const net::TlsContext>, config::ConfigIssues> load_tls(
    const std::filesystem::path& file, const config::Settings& settings) {
  const auto& listen = settings.listen;
  const bool is_wanted =
      std::ranges::find(listen, Transport::tls, &config::ListenAddress::transport) != listen.end();
  if (!is_wanted) return std::shared_ptr<const net::TlsContext>();
  return TlsFiles(file, settings.tls).load();
}

std::chrono::seconds tls_warning_time(const net::TlsContext& tls) {
  constexpr std::chrono::days longest{14};
  return std::min<std::chrono::seconds>(longest, (tls.valid_until() - tls.valid_from()) / 4);
}

std::optional<config::ConfigIssue> find_tls_validity_issue(const net::TlsContext& tls,
                                                           const std::filesystem::path& file,
                                                           const config::Settings& settings,
                                                           UnixTime now) {
  const bool is_early = now < tls.valid_from();
  if (tls.is_valid_at(now + tls_warning_time(tls)) && !is_early) return std::nullopt;
  const std::string_view what = is_early               ? "is not valid before"
                                : tls.is_valid_at(now) ? "ends at"
                                                       : "has ended at";
  return config::ConfigIssue{file.string(), settings.tls.lines.of("certificate"), "tls.certificate",
                             fmt::format("{}: {} {:%FT%TZ}", settings.tls.certificate.string(),
                                         what, is_early ? tls.valid_from() : tls.valid_until()),
                             "put a certificate there that is valid now, with its key"};
}

std::optional<config::ConfigIssue> find_client_ca_issue(const net::TlsContext& tls,
                                                        const std::filesystem::path& file,
                                                        const config::Settings& settings,
                                                        UnixTime now) {
  const auto& ca = tls.client_ca();
  if (!ca || now + client_ca_warning_time < ca->until) return std::nullopt;
  return config::ConfigIssue{file.string(), settings.tls.lines.of("client_ca"), "tls.client_ca",
                             fmt::format("{}: {} {} at {:%FT%TZ}: its clients {} turned away",
                                         settings.tls.client_ca.string(), ca->subject,
                                         ca->until < now ? "has ended" : "ends", ca->until,
                                         ca->until < now ? "are" : "will be"),
                             "add the certificate that comes after it, or take it out"};
}

config::ConfigIssues find_tls_warnings(const net::TlsContext& tls,
                                       const std::filesystem::path& file,
                                       const config::Settings& settings) {
  config::ConfigIssues found;
  const auto add = [&](std::string_view key, const std::filesystem::path& path, const char* problem,
                       const char* remedy) {
    found.push_back({file.string(), settings.tls.lines.of(key), fmt::format("tls.{}", key),
                     fmt::format("{}: {}", path.string(), problem), remedy});
  };
  if (!tls.is_for_servers()) {
    add("certificate", settings.tls.certificate,
        "its extensions let it be no server's, and most clients refuse it",
        "have one issued whose extendedKeyUsage, if there is one, has serverAuth, and whose "
        "keyUsage, if there is one, has digitalSignature");
  }
  if (tls.client_ca() && !tls.client_ca()->has_ca) {
    add("client_ca", settings.tls.client_ca,
        "holds no CA's certificate: only clients whose own certificate is there are let in",
        "add the certificates of the CAs of your clients, if it is them that are meant");
  }
  return found;
}

}  // namespace shaken302::app
