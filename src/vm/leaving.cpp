#include "leaving.hpp"

namespace splash::vm {
namespace {

using isa::ConstPlace;
using isa::Instruction;
using isa::Opcode;
using isa::Operand;
using isa::Type;
using isa::Word;

std::optional<std::vector<std::byte>> assemble(isa::Header header, ConstBytes code, HeapCopier& copier,
                                               std::span<const Word> stack, std::size_t limit) {
    std::vector<Word> words;
    words.reserve(stack.size());
    for (const Word word : stack) {
        words.push_back(copier.copy(word));
        if (!copier.fits()) {
            return std::nullopt;
        }
    }
    const std::size_t stack_size = words.size() * isa::kWordSize;
    const std::size_t total = header.size() + code.size() + copier.heap().size() + stack_size;
    if (total > limit || stack_size > 0xffff || copier.heap().size() > 0xffff) {
        return std::nullopt;
    }
    header.code_size = static_cast<std::uint16_t>(code.size());
    header.heap_size = static_cast<std::uint16_t>(copier.heap().size());
    header.stack_size = static_cast<std::uint16_t>(stack_size);
    std::vector<std::byte> packet(header.size());
    packet.reserve(total);
    isa::write_header(packet, header);
    append(packet, code);
    append(packet, copier.heap());
    for (const Word word : words) {
        append_be<std::uint64_t>(packet, word.raw());
    }
    return packet;
}

}  // namespace

std::optional<std::vector<std::byte>> pack_whole(const Leaving& leaving, std::size_t limit) {
    HeapCopier copier(leaving.heaps, HeapCopier::Keep::PacketHeap, limit);
    return assemble(leaving.header, leaving.code, copier, leaving.stack, limit);
}

std::optional<std::vector<std::byte>> pack_trimmed(const Leaving& leaving, std::size_t limit) {
    HeapCopier copier(leaving.heaps, HeapCopier::Keep::Nothing, limit);
    const ConstBytes rest = leaving.code.subspan(std::size_t{leaving.header.entry} * 4);
    std::vector<std::byte> code(rest.begin(), rest.end());
    for (std::size_t at = 0; at < code.size(); at += 4) {
        const auto instruction = Instruction::from_word(load_be<std::uint32_t>(code, at));
        const auto type = isa::constant_type(static_cast<Opcode>(instruction.octet));
        if (!type) {
            continue;
        }
        const auto place = ConstPlace::from_immediate(instruction.unsigned_immediate());
        const Word copied = copier.copy(Word::heap(
            *type, {static_cast<std::uint16_t>(place.offset), static_cast<std::uint16_t>(place.length)}));
        const ConstPlace moved{copied.ref().offset, copied.ref().length};
        if (!copier.fits() || moved.offset > ConstPlace::kMaxOffset || moved.length != place.length) {
            // The copy grew past what an immediate can name, or the constant points nowhere:
            // such a packet was not made by the assembler and travels untrimmed.
            return pack_whole(leaving, limit);
        }
        const std::uint32_t word =
            static_cast<std::uint32_t>(instruction.octet) << 24U | moved.to_immediate();
        store_be<std::uint32_t>(code, at, word);
    }
    isa::Header header = leaving.header;
    header.entry = 0;
    return assemble(header, code, copier, leaving.stack, limit);
}

}  // namespace splash::vm
