# Reads what callgrind wrote and prints what one fix cost: instructions and allocations for each location message that was
# decoded, and how many sends of a prepared frame it brought about.
/^c?fn=\(/ {
    match($0, /\([0-9]+\)/)
    id = substr($0, RSTART, RLENGTH)
    rest = substr($0, RSTART + RLENGTH + 1)
    if (rest != "") name[id] = rest
    if ($0 ~ /^cfn/) callee = id
}
/^calls=/ {
    split($0, part, /[= ]/)
    calls[callee] += part[2]
}
/^(summary|totals):/ { instructions = $2 }
END {
    for (id in calls) {
        if (name[id] ~ /^\$s4Wire20ClientMessageDecoderV8location/) fixes += calls[id]
        if (name[id] ~ /^\$s9EventLoop12StreamSocketC5write8prepared/) sends += calls[id]
        if (name[id] ~ /^(malloc|calloc|realloc|posix_memalign)$/) allocations += calls[id]
    }
    if (fixes == 0) {
        print "no location message was decoded" > "/dev/stderr"
        exit 1
    }
    printf "fixes %d\nsends_per_fix %.1f\n", fixes, sends / fixes
    printf "instructions_per_fix %d\nallocations_per_fix %.1f\n", instructions / fixes, allocations / fixes
}
