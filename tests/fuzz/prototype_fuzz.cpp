// Any text as the declaration of a C function: it is refused with a place inside the text, or read as one
// that reads the same when it is written out.
#include <algorithm>

#include "base/assert.hpp"
#include "input.hpp"
#include "plugins/prototype.hpp"

namespace {

using splash::plugins::CKind;

/// A type of that kind, as a declaration has it.
std::string_view written(CKind kind) {
    switch (kind) {
        case CKind::Void: return "void";
        case CKind::Bool: return "bool";
        case CKind::Int8: return "int8_t";
        case CKind::Uint8: return "uint8_t";
        case CKind::Int16: return "int16_t";
        case CKind::Uint16: return "uint16_t";
        case CKind::Int32: return "int32_t";
        case CKind::Uint32: return "uint32_t";
        case CKind::Int64: return "int64_t";
        case CKind::Uint64: return "uint64_t";
        case CKind::Float: return "float";
        case CKind::Double: return "double";
        case CKind::Text: return "const char *";
        case CKind::Address: return "in_addr_t";
    }
    return "";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace splash;
    const std::string_view text = as_text(std::as_bytes(std::span(data, size)));
    const auto parsed = plugins::parse_prototype(text);
    if (const auto* error = std::get_if<plugins::PrototypeError>(&parsed)) {
        SPLASH_ASSERT(error->at <= text.size() && error->length >= 1,
                      "the place is in the text, or at its end");
        SPLASH_ASSERT(!error->what.empty(), "and something is said of it");
        const std::string shown = plugins::with_caret(text, *error);
        SPLASH_ASSERT(shown.ends_with('^') && std::ranges::count(shown, '\n') == 1, "two lines");
        return 0;
    }
    const auto& prototype = std::get<plugins::Prototype>(parsed);
    std::string again = std::string(written(prototype.result)) + ' ' + prototype.name + '(';
    for (const CKind kind : prototype.parameters) {
        SPLASH_ASSERT(plugins::letter_of(kind) != 0, "a parameter is a value");
        again += (again.ends_with('(') ? "" : ", ") + std::string(written(kind));
    }
    const auto reread = plugins::parse_prototype(again + ')');
    SPLASH_ASSERT(again.size() > 1000 || (std::holds_alternative<plugins::Prototype>(reread) &&
                                          std::get<plugins::Prototype>(reread) == prototype),
                  again.c_str());
    return 0;
}
