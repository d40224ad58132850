#include "c_function.hpp"

#include <ffi.h>

#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/assert.hpp"

namespace splash::plugins {
namespace {

using isa::Exc;
using isa::Value;

constexpr std::size_t kMaxText = 0xffff;  // what a word of the language can name

ffi_type* type_of(CKind kind) {
    switch (kind) {
        case CKind::Void: return &ffi_type_void;
        case CKind::Bool: return &ffi_type_uint8;
        case CKind::Int8: return &ffi_type_sint8;
        case CKind::Uint8: return &ffi_type_uint8;
        case CKind::Int16: return &ffi_type_sint16;
        case CKind::Uint16: return &ffi_type_uint16;
        case CKind::Int32: return &ffi_type_sint32;
        case CKind::Uint32: return &ffi_type_uint32;
        case CKind::Int64: return &ffi_type_sint64;
        case CKind::Uint64: return &ffi_type_uint64;
        case CKind::Float: return &ffi_type_float;
        case CKind::Double: return &ffi_type_double;
        case CKind::Text: return &ffi_type_pointer;
        case CKind::Address: return &ffi_type_uint32;
    }
    return nullptr;
}

/// Room for any one argument; libffi is given its address and reads as much as the type has.
struct Argument {
    alignas(8) std::array<std::byte, 8> octets{};

    template <class T>
    void set(T value) {
        static_assert(sizeof(T) <= sizeof octets);
        std::memcpy(octets.data(), &value, sizeof value);
    }
    template <class T>
    bool set_within(std::int64_t value) {
        if constexpr (std::is_same_v<T, std::uint64_t>) {
            if (value < 0) {
                return false;
            }
        } else if (value < std::int64_t{std::numeric_limits<T>::min()} ||
                   value > std::int64_t{std::numeric_limits<T>::max()}) {
            return false;
        }
        set(static_cast<T>(value));
        return true;
    }
};

/// False: the C type has no such value.
bool put(CKind kind, const Value& value, Argument& into) {
    const auto* integer = std::get_if<std::int64_t>(&value);
    switch (kind) {
        case CKind::Void: return false;
        case CKind::Bool: into.set(static_cast<std::uint8_t>(*integer != 0)); return true;
        case CKind::Int8: return into.set_within<std::int8_t>(*integer);
        case CKind::Uint8: return into.set_within<std::uint8_t>(*integer);
        case CKind::Int16: return into.set_within<std::int16_t>(*integer);
        case CKind::Uint16: return into.set_within<std::uint16_t>(*integer);
        case CKind::Int32: return into.set_within<std::int32_t>(*integer);
        case CKind::Uint32: return into.set_within<std::uint32_t>(*integer);
        case CKind::Int64: into.set(*integer); return true;
        case CKind::Uint64: return into.set_within<std::uint64_t>(*integer);
        case CKind::Float: into.set(static_cast<float>(std::get<double>(value))); return true;
        case CKind::Double: into.set(std::get<double>(value)); return true;
        case CKind::Text: {
            const std::string& text = std::get<isa::Str>(value).octets;
            into.set(text.c_str());
            return text.find('\0') == std::string::npos;
        }
        case CKind::Address: {
            const auto& address = std::get<IpAddress>(value);
            std::memcpy(into.octets.data(), address.octets().data(), 4);
            return !address.is_v6();
        }
    }
    return false;
}

/// libffi widens what is smaller than a register.
union Returned {
    ffi_arg integer;
    ffi_sarg signed_integer;
    std::uint64_t uint64;
    std::int64_t int64;
    float real;
    double wide_real;
    char* text;
};

class CFunction {
public:
    CFunction(std::shared_ptr<Library> library, void* symbol, const CFunctionSettings& settings)
        : library_(std::move(library)),
          symbol_(symbol),
          prototype_(settings.prototype),
          frees_result_(settings.frees_result) {
        for (const CKind kind : prototype_.parameters) {
            types_.push_back(plugins::type_of(kind));
        }
        const ffi_status prepared =
            ffi_prep_cif(&interface_, FFI_DEFAULT_ABI, static_cast<unsigned>(types_.size()),
                         plugins::type_of(prototype_.result), types_.data());
        SPLASH_ASSERT(prepared == FFI_OK, "libffi knows its own types");
    }
    // The interface refers to the types.
    CFunction(const CFunction&) = delete;
    CFunction& operator=(const CFunction&) = delete;

    [[nodiscard]] Outcome run(std::span<const Value> arguments) const {
        SPLASH_ASSERT(arguments.size() == types_.size(), "the node checks types and number of arguments");
        std::vector<Argument> room(arguments.size());
        std::vector<void*> places;
        for (std::size_t n = 0; n < arguments.size(); ++n) {
            if (!put(prototype_.parameters[n], arguments[n], room[n])) {
                return {Exc::OutOfRange, {}};
            }
            places.push_back(room[n].octets.data());
        }
        Returned returned{};
        ffi_cif interface = interface_;  // ffi_call wants it changeable
        ffi_call(&interface, FFI_FN(symbol_), &returned, places.data());
        return take(returned);
    }

private:
    [[nodiscard]] Outcome take(const Returned& returned) const {
        const auto one = [](Value value) { return Outcome{std::vector<Value>{std::move(value)}, {}}; };
        switch (prototype_.result) {
            case CKind::Void: return one(std::int64_t{1});
            case CKind::Bool: return one(std::int64_t{(returned.integer & 0xffU) != 0 ? 1 : 0});
            case CKind::Int8: return one(std::int64_t{static_cast<std::int8_t>(returned.signed_integer)});
            case CKind::Uint8: return one(std::int64_t{static_cast<std::uint8_t>(returned.integer)});
            case CKind::Int16: return one(std::int64_t{static_cast<std::int16_t>(returned.signed_integer)});
            case CKind::Uint16: return one(std::int64_t{static_cast<std::uint16_t>(returned.integer)});
            case CKind::Int32: return one(std::int64_t{static_cast<std::int32_t>(returned.signed_integer)});
            case CKind::Uint32: return one(std::int64_t{static_cast<std::uint32_t>(returned.integer)});
            case CKind::Int64: return one(returned.int64);
            case CKind::Uint64:
                if (returned.uint64 > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
                    return {Exc::OutOfRange, {}};
                }
                return one(static_cast<std::int64_t>(returned.uint64));
            case CKind::Float: return one(double{returned.real});
            case CKind::Double: return one(returned.wide_real);
            case CKind::Text: return take_text(returned.text);
            case CKind::Address: {
                const auto in_network_order = static_cast<std::uint32_t>(returned.integer);
                const auto octets = std::as_bytes(std::span(&in_network_order, 1));
                return one(*IpAddress::from_octets(octets));
            }
        }
        return {Exc::ServiceFailed, {}};
    }
    [[nodiscard]] Outcome take_text(char* text) const {
        if (text == nullptr) {
            return {Exc::NoSuchInstance, {}};
        }
        const std::size_t length = ::strnlen(text, kMaxText + 1);
        Outcome outcome{Exc::ServiceFailed, {}};
        if (length > kMaxText) {
            outcome.complaint = "gave a string of more than " + std::to_string(kMaxText) + " octets";
        } else {
            outcome.results = std::vector<Value>{isa::Str{std::string(text, length)}};
        }
        if (frees_result_) {
            std::free(text);
        }
        return outcome;
    }

    std::shared_ptr<Library> library_;
    void* symbol_;
    Prototype prototype_;
    bool frees_result_;
    std::vector<ffi_type*> types_;
    ffi_cif interface_{};
};

}  // namespace

Result<Function> load_c_function(const CFunctionSettings& settings, uid_t owner) {
    auto library = Library::find(settings.library, owner);
    if (!library) {
        return Failure(library.error());
    }
    void* const symbol = (*library)->symbol(settings.prototype.name.c_str());
    if (symbol == nullptr) {
        return fail(Errc::PlugIn, (*library)->path() + " does not export " + settings.prototype.name);
    }
    Function function;
    function.name = settings.service;
    for (const CKind kind : settings.prototype.parameters) {
        function.arguments += letter_of(kind);
    }
    const char letter = letter_of(settings.prototype.result);
    function.results = letter == 0 ? 'i' : letter;  // of void a 1: a program must see if it failed
    function.cost = settings.cost;
    function.right = settings.right;
    function.may_block = settings.may_block;
    function.meaning = settings.meaning;
    const auto callee = std::make_shared<const CFunction>(std::move(*library), symbol, settings);
    function.run = [callee](std::span<const Value> arguments, node::Instant /*give_up*/) {
        return callee->run(arguments);
    };
    return function;
}

}  // namespace splash::plugins
