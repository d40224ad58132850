#include "row_cells.hpp"

namespace splash::cli {

RowCells::RowCells(const RowQuery& query)
    : query_(query), columns_(query.columns()), cells_(columns_.size()) {}

void RowCells::take(const Oid& object, const isa::Value& value) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (object.starts_with(columns_[i])) {
            const auto index = object.subids().subspan(columns_[i].subids().size());
            cells_[i].emplace(std::vector<std::uint32_t>(index.begin(), index.end()), value);
        }
    }
}

Result<> RowCells::tally(const std::vector<isa::Value>& instances, RowTally& tally) const {
    for (const auto& [index, key_value] : cells_.front()) {
        std::vector<std::uint32_t> instance(query_.key().subids().begin(), query_.key().subids().end());
        instance.insert(instance.end(), index.begin(), index.end());
        std::vector<isa::Value> values;
        for (const Column& column : cells_) {
            const auto found = column.find(index);
            values.push_back(found == column.end() ? isa::Value(isa::Exc::NoSuchInstance) : found->second);
        }
        const auto oid = Oid::from_subids(instance);
        if (auto taken = oid ? tally.consider(*oid, values, instances) : Result<>(); !taken) {
            return taken;
        }
    }
    return {};
}

}  // namespace splash::cli
