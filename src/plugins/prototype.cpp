#include "plugins/prototype.hpp"

#include <sys/types.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

namespace splash::plugins {
namespace {

constexpr std::size_t kMaxParameters = 16;
constexpr std::size_t kMaxText = 1024;

struct NamedType {
    std::string_view name;
    CKind kind;
};

template <class T>
constexpr CKind integer_kind() {
    constexpr bool is_signed = static_cast<T>(-1) < static_cast<T>(0);
    switch (sizeof(T)) {
        case 1: return is_signed ? CKind::Int8 : CKind::Uint8;
        case 2: return is_signed ? CKind::Int16 : CKind::Uint16;
        case 4: return is_signed ? CKind::Int32 : CKind::Uint32;
        default: return is_signed ? CKind::Int64 : CKind::Uint64;
    }
}

/// Types of one word. What int, long and the like combine to: Reader::integer().
constexpr auto kNamedTypes = std::to_array<NamedType>({
    {"void", CKind::Void},
    {"bool", CKind::Bool},
    {"_Bool", CKind::Bool},
    {"float", CKind::Float},
    {"double", CKind::Double},
    {"int8_t", CKind::Int8},
    {"uint8_t", CKind::Uint8},
    {"int16_t", CKind::Int16},
    {"uint16_t", CKind::Uint16},
    {"int32_t", CKind::Int32},
    {"uint32_t", CKind::Uint32},
    {"int64_t", CKind::Int64},
    {"uint64_t", CKind::Uint64},
    {"size_t", integer_kind<std::size_t>()},
    {"ssize_t", integer_kind<ssize_t>()},
    {"off_t", integer_kind<off_t>()},
    {"time_t", integer_kind<std::time_t>()},
    {"pid_t", integer_kind<pid_t>()},
    {"uid_t", integer_kind<uid_t>()},
    {"gid_t", integer_kind<gid_t>()},
    {"mode_t", integer_kind<mode_t>()},
    {"in_addr_t", CKind::Address},
});

constexpr auto kTypeNames = [] {
    std::array<std::string_view, kNamedTypes.size()> names;
    for (std::size_t n = 0; n < names.size(); ++n) {
        names[n] = kNamedTypes[n].name;
    }
    return names;
}();

constexpr auto kIntegerWords =
    std::to_array<std::string_view>({"char", "short", "int", "long", "signed", "unsigned"});

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// A word, or one other character; empty at the end.
struct Token {
    std::string_view text;
    std::size_t at = 0;
    [[nodiscard]] bool is_word() const { return !text.empty() && is_letter(text.front()); }
};

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) { advance(); }

    std::optional<Prototype> read() {
        Prototype prototype;
        const auto result = type(true);
        if (!result) {
            return std::nullopt;
        }
        prototype.result = *result;
        if (!next_.is_word()) {
            complain(next_, "the function's name is expected");
            return std::nullopt;
        }
        prototype.name = next_.text;
        advance();
        if (!expect("(")) {
            return std::nullopt;
        }
        if (!parameters(prototype) || !expect(")")) {
            return std::nullopt;
        }
        if (next_.text == ";") {
            advance();
        }
        if (!next_.text.empty()) {
            complain(next_, "nothing is expected behind the declaration");
            return std::nullopt;
        }
        return prototype;
    }
    [[nodiscard]] PrototypeError error() const { return error_; }

private:
    void advance() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) {
            ++at_;
        }
        const std::size_t begin = at_;
        if (at_ < text_.size() && is_letter(text_[at_])) {
            while (at_ < text_.size() &&
                   (is_letter(text_[at_]) || (text_[at_] >= '0' && text_[at_] <= '9'))) {
                ++at_;
            }
        } else if (text_.substr(at_, 3) == "...") {
            at_ += 3;
        } else if (at_ < text_.size()) {
            ++at_;
        }
        next_ = {text_.substr(begin, at_ - begin), begin};
    }
    void complain(const Token& at, std::string what) {
        error_ = {at.at, std::max<std::size_t>(at.text.size(), 1), std::move(what)};
    }
    bool expect(std::string_view text) {
        if (next_.text != text) {
            complain(next_, std::string(text) + " is expected");
            return false;
        }
        advance();
        return true;
    }

    bool parameters(Prototype& prototype) {
        if (next_.text == ")") {
            return true;
        }
        while (true) {
            const Token begin = next_;
            if (begin.text == "...") {
                complain(begin, "functions of any number of arguments cannot be called this way");
                return false;
            }
            const auto kind = type(false);
            if (!kind) {
                return false;
            }
            const bool has_name = next_.is_word();
            if (has_name) {
                advance();
            }
            if (next_.text == "[") {
                complain(next_, "arrays cannot be passed");
                return false;
            }
            if (*kind == CKind::Void) {
                if (!prototype.parameters.empty() || has_name || next_.text != ")") {
                    complain(begin, "void stands alone in the list, or not there");
                    return false;
                }
                return true;
            }
            if (prototype.parameters.size() == kMaxParameters) {
                complain(begin, "more than " + std::to_string(kMaxParameters) + " parameters");
                return false;
            }
            prototype.parameters.push_back(*kind);
            if (next_.text != ",") {
                return true;
            }
            advance();
        }
    }

    /// A type with its * behind it.
    std::optional<CKind> type(bool is_result) {
        const Token begin = next_;
        bool is_const = false;
        std::vector<std::string_view> words;
        while (true) {
            if (next_.text == "const") {
                is_const = true;
            } else if (std::ranges::find(kIntegerWords, next_.text) != kIntegerWords.end()) {
                words.push_back(next_.text);
            } else {
                break;
            }
            advance();
        }
        std::optional<CKind> kind;
        const bool is_char = words == std::vector<std::string_view>{"char"};
        if (!words.empty()) {
            if (next_.text == "double") {
                complain(next_,
                         "long double is no value of the language; declare double where the function has it");
                return std::nullopt;
            }
            kind = integer(words);
            if (!kind) {
                complain_from(begin, "these words together are no type");
                return std::nullopt;
            }
        } else {
            const auto* named = std::ranges::find(kNamedTypes, next_.text, &NamedType::name);
            if (!next_.is_word()) {
                complain(next_, "a type is expected");
                return std::nullopt;
            }
            if (named == kNamedTypes.end()) {
                complain(next_,
                         "unknown type; known are int, long and their like, const char * and " + names());
                return std::nullopt;
            }
            kind = named->kind;
            advance();
            if (next_.text == "const") {
                is_const = true;
                advance();
            }
        }
        if (next_.text != "*") {
            return kind;
        }
        const Token star = next_;
        advance();
        while (next_.text == "const" || next_.text == "restrict") {
            advance();
        }
        if (!is_char || next_.text == "*") {
            complain(star, "of pointers only const char * can be passed");
            return std::nullopt;
        }
        if (!is_const && !is_result) {
            complain(star,
                     "a function that may write there cannot be called this way; where it only reads, "
                     "declare const char *");
            return std::nullopt;
        }
        return CKind::Text;
    }
    void complain_from(const Token& begin, std::string what) {
        std::size_t end = next_.at;
        while (end > begin.at + 1 && text_[end - 1] == ' ') {
            --end;
        }
        error_ = {begin.at, std::max<std::size_t>(end - begin.at, 1), std::move(what)};
    }

    static std::string names() {
        std::string all;
        for (const std::string_view name : kTypeNames) {
            all += (all.empty() ? "" : ", ") + std::string(name);
        }
        return all;
    }

    /// C11, 6.7.2: the words may stand in any order.
    static std::optional<CKind> integer(const std::vector<std::string_view>& words) {
        const auto count = [&words](std::string_view word) { return std::ranges::count(words, word); };
        const auto chars = count("char");
        const auto shorts = count("short");
        const auto ints = count("int");
        const auto longs = count("long");
        const auto is_signed = count("signed");
        const auto is_unsigned = count("unsigned");
        if (chars > 1 || shorts > 1 || ints > 1 || longs > 2 || is_signed + is_unsigned > 1 ||
            (chars == 1 && shorts + ints + longs > 0) || (shorts == 1 && longs > 0)) {
            return std::nullopt;
        }
        if (chars == 1) {
            return is_unsigned == 1 ? CKind::Uint8 : is_signed == 1 ? CKind::Int8 : integer_kind<char>();
        }
        if (shorts == 1) {
            return is_unsigned == 1 ? integer_kind<unsigned short>() : integer_kind<short>();
        }
        if (longs == 1) {
            return is_unsigned == 1 ? integer_kind<unsigned long>() : integer_kind<long>();
        }
        if (longs == 2) {
            return is_unsigned == 1 ? integer_kind<unsigned long long>() : integer_kind<long long>();
        }
        return is_unsigned == 1 ? integer_kind<unsigned>() : integer_kind<int>();
    }

    std::string_view text_;
    std::size_t at_ = 0;
    Token next_;
    PrototypeError error_;
};

}  // namespace

char letter_of(CKind kind) {
    switch (kind) {
        case CKind::Void: return 0;
        case CKind::Bool:
        case CKind::Int8:
        case CKind::Uint8:
        case CKind::Int16:
        case CKind::Uint16:
        case CKind::Int32:
        case CKind::Uint32:
        case CKind::Int64:
        case CKind::Uint64: return 'i';
        case CKind::Float:
        case CKind::Double: return 'f';
        case CKind::Text: return 's';
        case CKind::Address: return 'a';
    }
    return 0;
}

std::string to_string(const Prototype& prototype) {
    const auto name = [](CKind kind) {
        const auto* const type = std::ranges::find(kNamedTypes, kind, &NamedType::kind);
        return type == kNamedTypes.end() ? "const char *" : std::string(type->name);
    };
    std::string parameters;
    for (const CKind kind : prototype.parameters) {
        parameters += (parameters.empty() ? "" : ", ") + name(kind);
    }
    return name(prototype.result) + ' ' + prototype.name + '(' + (parameters.empty() ? "void" : parameters) +
           ')';
}

std::variant<Prototype, PrototypeError> parse_prototype(std::string_view text) {
    if (text.size() > kMaxText) {
        return PrototypeError{kMaxText, 1, "longer than " + std::to_string(kMaxText) + " octets"};
    }
    Reader reader(text);
    if (auto prototype = reader.read()) {
        return std::move(*prototype);
    }
    return reader.error();
}

std::span<const std::string_view> c_type_names() {
    return kTypeNames;
}

std::string with_caret(std::string_view text, const PrototypeError& error) {
    std::string shown(text);
    for (char& c : shown) {
        c = c >= ' ' && c <= '~' ? c : ' ';  // what a terminal would make something of, other than one column
    }
    return shown + '\n' + std::string(std::min(error.at, shown.size()), ' ') +
           std::string(std::min(error.length, shown.size() + 1 - std::min(error.at, shown.size())), '^');
}

}  // namespace splash::plugins
