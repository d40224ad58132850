#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>

#include "base/oid.hpp"

namespace splash {
namespace {

struct ListedName {
    std::string_view module;
    std::string_view object;
    std::string_view dotted;
    Syntax syntax;
    std::array<std::uint32_t, 16> subids{};  ///< of `dotted`, read at compile time
    std::size_t length = 0;
};

constexpr ListedName listed_name(std::string_view module, std::string_view object, std::string_view dotted,
                                 Syntax syntax) {
    ListedName name{.module = module, .object = object, .dotted = dotted, .syntax = syntax};
    name.length = 1;
    for (const char c : dotted) {
        if (c == '.') {
            ++name.length;
        } else {
            std::uint32_t& subid = name.subids.at(name.length - 1);
            subid = subid * 10 + static_cast<std::uint32_t>(c - '0');
        }
    }
    return name;
}

constexpr auto kNames = std::to_array<ListedName>({
#define SPLASH_NAME(module, object, dotted, syntax) listed_name(module, object, dotted, Syntax::syntax),
#include "names.def"
#include "splash_mib_names.def"
#undef SPLASH_NAME
});

/// Levenshtein distance, for "did you mean".
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t k = 0; k < b.size(); ++k) {
            const bool same = std::tolower(static_cast<unsigned char>(a[i])) ==
                              std::tolower(static_cast<unsigned char>(b[k]));
            const std::size_t above = row[k + 1];
            row[k + 1] = std::min({row[k] + 1, above + 1, diagonal + (same ? 0U : 1U)});
            diagonal = above;
        }
    }
    return row.back();
}

/// The listed object with the longest OID that `oid` begins with, and that length.
std::pair<const ListedName*, std::size_t> longest_prefix(const Oid& oid) {
    std::pair<const ListedName*, std::size_t> best{nullptr, 0};
    const auto subids = oid.subids();
    for (const ListedName& n : kNames) {
        if (n.length > best.second && n.length <= subids.size() &&
            std::equal(n.subids.begin(), n.subids.begin() + static_cast<std::ptrdiff_t>(n.length),
                       subids.begin())) {
            best = {&n, n.length};
        }
    }
    return best;
}

}  // namespace

std::optional<Oid> oid_from_name(std::string_view name) {
    if (auto numeric = Oid::parse(name)) {
        return numeric;
    }
    std::string_view module;
    if (const std::size_t colons = name.find("::"); colons != std::string_view::npos) {
        module = name.substr(0, colons);
        name.remove_prefix(colons + 2);
    }
    const std::size_t dot = name.find('.');
    const std::string_view object = name.substr(0, dot);
    const auto listed = std::ranges::find_if(kNames, [&](const ListedName& n) {
        return n.object == object && (module.empty() || n.module == module);
    });
    if (listed == kNames.end()) {
        return std::nullopt;
    }
    std::string dotted(listed->dotted);
    if (dot != std::string_view::npos) {
        dotted += name.substr(dot);
    }
    return Oid::parse(dotted);
}

std::optional<std::string> name_from_oid(const Oid& oid) {
    const auto [listed, length] = longest_prefix(oid);
    if (listed == nullptr) {
        return std::nullopt;
    }
    std::string text = std::string(listed->module) + "::" + std::string(listed->object);
    for (const std::uint32_t subid : oid.subids().subspan(length)) {
        text += '.' + std::to_string(subid);
    }
    return text;
}

std::optional<Syntax> syntax_of(const Oid& oid) {
    const ListedName* const listed = longest_prefix(oid).first;
    return listed == nullptr ? std::nullopt : std::optional(listed->syntax);
}

std::vector<std::string> names_like(std::string_view name) {
    const std::string_view object = name.substr(0, name.find('.'));
    std::vector<std::pair<std::size_t, std::string_view>> near;
    for (const ListedName& n : kNames) {
        const std::size_t d = distance(object, n.object);
        if (d <= std::max<std::size_t>(2, object.size() / 4)) {
            near.emplace_back(d, n.object);
        }
    }
    std::ranges::sort(near);
    std::vector<std::string> names;
    for (const auto& [d, object_name] : near) {
        if (names.size() < 3) {
            names.emplace_back(object_name);
        }
    }
    return names;
}

}  // namespace splash
