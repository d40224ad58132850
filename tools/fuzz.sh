#!/usr/bin/env bash
# tools/fuzz.sh [MINUTES] [TARGET...]   soaks fuzz targets (all, or those named: packet, node, ...), two beside each other.
#
# Each runs MINUTES (30 if not said) at the lowest priority, from tests/fuzz/corpus and what earlier soaks have found.
# SPLASH_FUZZ_FOUND names another folder for corpora, logs and crash files than build/fuzz/soak.
# Per target one line: executions, edges at the start and at the end, processor time, verdict. Exit 1 if any failed.
#
# tools/fuzz.sh --merge [TARGET...]     copies to tests/fuzz/corpus what adds coverage to it, smallest inputs first.
set -euo pipefail
cd "$(dirname "$0")/.."
programs=build/fuzz/tests/fuzz
found=${SPLASH_FUZZ_FOUND:-build/fuzz/soak}
lanes=2
merge_octets=2048 # what is larger stays out of the repository

corpus_of() {
    echo "tests/fuzz/corpus/$1"
}

# The last number that follows a word in a log, or 0.
last() {
    grep -oE "$1 [0-9]+" "$2" | tail -n 1 | grep -oE '[0-9]+$' || echo 0
}

soak_one() {
    local name=$1 minutes=$2
    local log=$found/$name.log status=0 cpu
    mkdir -p "$found/corpus/$name" "$found/crashes"
    local seeds=("$found/corpus/$name")
    [[ -d $(corpus_of "$name") ]] && seeds+=("$(corpus_of "$name")")
    [[ $name == assembler ]] && seeds+=(programs)
    local TIMEFORMAT='%U %S'
    cpu=$({ time nice -n 19 "$programs/fuzz_$name" -max_total_time=$((minutes * 60)) -timeout=20 -rss_limit_mb=2048 \
        -max_len=4096 -print_final_stats=1 "-dict=$programs/snap.dict" "-artifact_prefix=$found/crashes/$name-" \
        "${seeds[@]}" >"$log" 2>&1; } 2>&1) || status=$?
    local begin
    begin=$(grep -m 1 -oE 'INITED cov: [0-9]+' "$log" | grep -oE '[0-9]+$' || echo 0)
    local verdict=ok
    [[ $status -eq 0 ]] || verdict="FAILED: $log"
    awk -v name="$name" -v runs="$(last 'stat::number_of_executed_units:' "$log")" -v a="$begin" -v b="$(last 'cov:' "$log")" \
        -v cpu="$cpu" -v verdict="$verdict" 'BEGIN { split(cpu, t, " ");
            printf "%-13s %12d executions  %6d edges, %+5d  %6.1f CPU minutes  %s\n", name, runs, b, b - a, (t[1] + t[2]) / 60, verdict }'
    return $status
}

merge_one() {
    local name=$1 small
    [[ -d $found/corpus/$name ]] || return 0
    mkdir -p "$(corpus_of "$name")"
    small=$(mktemp -d)
    find "$found/corpus/$name" -type f -size "-$((merge_octets + 1))c" -exec cp -t "$small" {} +
    "$programs/fuzz_$name" -merge=1 -max_len=$merge_octets "$(corpus_of "$name")" "$small" >"$found/$name.merge.log" 2>&1
    rm -r "$small"
    echo "$name: $(find "$(corpus_of "$name")" -type f | wc -l) inputs, $(du -sb "$(corpus_of "$name")" | cut -f 1) octets"
}

all_targets() {
    find "$programs" -maxdepth 1 -name 'fuzz_*' -type f -executable -printf '%f\n' | sed 's/^fuzz_//' | sort
}

case ${1:-} in
    --one) soak_one "$2" "$3"; exit ;;
    --merge) work=merge; shift ;;
    -h | --help) sed -n '2,9s/^# \?//p' "$0"; exit ;;
    *) work=soak ;;
esac
minutes=30
if [[ $work == soak && ${1:-} =~ ^[0-9]+$ ]]; then
    minutes=$1
    shift
fi
tools/build.sh fuzz --target tests/fuzz/all >/dev/null
mapfile -t targets < <(if [[ $# -gt 0 ]]; then printf '%s\n' "$@"; else all_targets; fi)
for name in "${targets[@]}"; do
    if [[ ! -x $programs/fuzz_$name ]]; then
        echo "fuzz: there is no target $name; there are: $(all_targets | tr '\n' ' ')" >&2
        exit 2
    fi
done
if [[ $work == merge ]]; then
    for name in "${targets[@]}"; do merge_one "$name"; done
    exit
fi
export SPLASH_FUZZ_FOUND=$found
mkdir -p "$found"
printf '%s\0' "${targets[@]}" | xargs -0 -P "$lanes" -I '{}' "$0" --one '{}' "$minutes"
