#include "session_options.hpp"

#include <fcntl.h>
#include <getopt.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace splash::snmp {
namespace {

// Our own settings are not options of net-snmp's.
void ignore_option(int /*argc*/, char* const* /*argv*/, int /*option*/) noexcept {}

/// While it lives, what is written to standard error is kept: net-snmp's parser explains itself there only.
class StandardErrorKept {
public:
    StandardErrorKept() : file_(std::tmpfile()) {
        std::fflush(stderr);
        if (file_ != nullptr) {
            original_ = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
            dup2(fileno(file_), STDERR_FILENO);
        }
    }
    StandardErrorKept(const StandardErrorKept&) = delete;
    StandardErrorKept& operator=(const StandardErrorKept&) = delete;
    ~StandardErrorKept() { static_cast<void>(restore()); }

    /// Standard error is itself again; gives what was written meanwhile.
    std::string restore() {
        std::string text;
        if (file_ == nullptr || original_ < 0) {
            return text;
        }
        std::fflush(stderr);
        dup2(original_, STDERR_FILENO);
        close(std::exchange(original_, -1));
        std::rewind(file_);
        std::array<char, 1024> chunk{};
        while (const size_t n = std::fread(chunk.data(), 1, chunk.size(), file_)) {
            text.append(chunk.data(), n);
        }
        std::fclose(std::exchange(file_, nullptr));
        return text;
    }

private:
    std::FILE* file_;
    int original_ = -1;
};

bool is_configured(int string_id) {
    return netsnmp_ds_get_string(NETSNMP_DS_LIBRARY_ID, string_id) != nullptr;
}

/// A user of snmp.conf's createUser has keys of its own.
bool has_keys(std::string_view user) {
    for (const usmUser* known = usm_get_userList(); known != nullptr; known = known->next) {
        if (user == known->secName) {
            return true;
        }
    }
    return false;
}

/// What the user security model (RFC 3414) would miss. Without it net-snmp asks all the same, and what comes
/// back looks like the agent's fault.
/// @error Usage
Result<> check_credentials(const netsnmp_session& session) {
    const bool is_usm =
        session.securityModel == SNMP_DEFAULT_SECMODEL || session.securityModel == SNMP_SEC_MODEL_USM;
    if (session.version != SNMP_VERSION_3 || !is_usm) {
        return {};
    }
    const char* const configured = netsnmp_ds_get_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_SECNAME);
    const std::string user = session.securityNameLen > 0
                                 ? std::string(session.securityName, session.securityNameLen)
                                 : std::string(configured != nullptr ? configured : "");
    if (user.empty()) {
        return fail(Errc::Usage, "SNMPv3 needs a user: give -u, or defSecurityName in snmp.conf");
    }
    const int level = session.securityLevel != 0
                          ? session.securityLevel
                          : netsnmp_ds_get_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_SECLEVEL);
    const bool has_phrase = is_configured(NETSNMP_DS_LIB_PASSPHRASE) || has_keys(user);
    const bool can_authenticate =
        has_phrase || session.securityAuthKeyLen > 0 || session.securityAuthLocalKeyLen > 0 ||
        is_configured(NETSNMP_DS_LIB_AUTHPASSPHRASE) || is_configured(NETSNMP_DS_LIB_AUTHMASTERKEY) ||
        is_configured(NETSNMP_DS_LIB_AUTHLOCALIZEDKEY);
    const bool can_encrypt =
        has_phrase || session.securityPrivKeyLen > 0 || session.securityPrivLocalKeyLen > 0 ||
        is_configured(NETSNMP_DS_LIB_PRIVPASSPHRASE) || is_configured(NETSNMP_DS_LIB_PRIVMASTERKEY) ||
        is_configured(NETSNMP_DS_LIB_PRIVLOCALIZEDKEY);
    if (level >= SNMP_SEC_LEVEL_AUTHNOPRIV && !can_authenticate) {
        return fail(Errc::Usage,
                    "user " + user +
                        " has no authentication pass phrase, which this security level needs: give -A, "
                        "or defAuthPassphrase in snmp.conf");
    }
    if (level == SNMP_SEC_LEVEL_AUTHPRIV && !can_encrypt) {
        return fail(Errc::Usage,
                    "user " + user +
                        " has no privacy pass phrase, which this security level needs: give -X, or "
                        "defPrivPassphrase in snmp.conf");
    }
    return {};
}

}  // namespace

Result<SessionOptions> SessionOptions::read(const std::vector<std::string>& arguments) {
    SessionOptions read;
    read.words_ = arguments;
    read.words_.insert(read.words_.begin(), "snmpapp");
    std::vector<char*> words;
    words.reserve(read.words_.size() + 1);
    for (std::string& word : read.words_) {
        words.push_back(word.data());
    }
    words.push_back(nullptr);
    optind = 1;
    StandardErrorKept said;
    const int taken = netsnmp_parse_args(static_cast<int>(read.words_.size()), words.data(), &read.session_,
                                         "", ignore_option, NETSNMP_PARSE_ARGS_NOZERO);
    const std::string text = said.restore();
    if (taken < 0 || read.session_.peername == nullptr) {
        // net-snmp's usage follows its complaint; ours is another.
        const std::string line = text.substr(0, text.find('\n'));
        return fail(Errc::Usage, line.empty() ? "the options of SNMP" : line);
    }
    std::fputs(text.c_str(), stderr);
    if (auto complete = check_credentials(read.session_); !complete) {
        return Failure(complete.error());
    }
    return read;
}

// The words stay where they are on the heap, so what points at them still does.
SessionOptions::SessionOptions(SessionOptions&& other) noexcept
    : words_(std::move(other.words_)), session_(std::exchange(other.session_, netsnmp_session{})) {}

SessionOptions::~SessionOptions() {
    // A community from -c is ours to free, one from snmp.conf is not.
    const char* const configured = netsnmp_ds_get_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_COMMUNITY);
    if (reinterpret_cast<const char*>(session_.community) != configured) {
        free(session_.community);
    }
}

}  // namespace splash::snmp
