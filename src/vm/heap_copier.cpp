#include "heap_copier.hpp"

#include <utility>

namespace splash::vm {

using isa::HeapRef;
using isa::Type;
using isa::Word;

std::optional<ConstBytes> Heaps::find(HeapRef ref) const {
    if (ref.offset < packet.size()) {
        if (std::size_t{ref.offset} + ref.length > packet.size()) {
            return std::nullopt;
        }
        return packet.subspan(ref.offset, ref.length);
    }
    const std::size_t from_end = ref.offset - packet.size();
    if (from_end > added.size() || ref.length > from_end) {
        return std::nullopt;
    }
    return added.subspan(added.size() - from_end, ref.length);
}

HeapCopier::HeapCopier(const Heaps& heaps, Keep keep, std::size_t limit)
    : heaps_(heaps), keep_(keep), limit_(limit) {
    if (keep == Keep::PacketHeap) {
        heap_.assign(heaps.packet.begin(), heaps.packet.end());
    }
}

Word HeapCopier::copy(Word word) {
    const Word copied = place(word, false);
    // Tuples reach further objects. A list instead of recursion: a crafted packet may nest or even
    // tie them in a ring, and placed_ makes every object count once.
    while (!to_visit_.empty() && fits_) {
        const Fields fields = to_visit_.back();
        to_visit_.pop_back();
        for (std::size_t at = fields.at; at < fields.at + fields.length && fits_; at += isa::kWordSize) {
            const Word field = place(Word(load_be<std::uint64_t>(heap_, at)), fields.from_packet);
            store_be<std::uint64_t>(heap_, at, field.raw());
        }
    }
    return copied;
}

Word HeapCopier::place(Word word, bool from_packet_heap) {
    if (!word.is_in_heap()) {
        return word;
    }
    const HeapRef ref = word.ref();
    const Type type = *word.type();
    const bool in_packet = ref.offset < heaps_.packet.size();
    if (keep_ == Keep::PacketHeap && in_packet) {
        return word;
    }
    const auto octets = heaps_.find(ref);
    if (!octets || (from_packet_heap && !in_packet)) {
        return Word::heap(type, kNowhere);
    }
    if (ref.length == 0) {
        // Not behind the last object: at the next node an offset of the heap's size is outside the packet.
        return Word::heap(type, {0, 0});
    }
    const bool is_tuple = type == Type::Tuple && ref.length % isa::kWordSize == 0;
    const auto known = placed_.find({ref, is_tuple});
    if (known != placed_.end()) {
        return Word::heap(type, {known->second, ref.length});
    }
    const std::size_t at = heap_.size();
    if (at + align4(ref.length) > limit_ || at > 0xffff) {
        fits_ = false;
        return word;
    }
    append(heap_, *octets);
    heap_.resize(align4(heap_.size()));
    placed_.emplace(std::tuple(ref, is_tuple), static_cast<std::uint16_t>(at));
    if (is_tuple) {
        to_visit_.push_back({at, ref.length, in_packet});
    }
    return Word::heap(type, {static_cast<std::uint16_t>(at), ref.length});
}

std::vector<std::byte> HeapCopier::release(std::size_t size) && {
    heap_.resize(size);
    return std::move(heap_);
}

}  // namespace splash::vm
