def line(topology, row):
    return f"{topology} {row['technique']} {row['label']}: " + "; ".join(
        f"{via} {w['messages']}(-{w['lost']}) msgs {w['crossings']} x {w['station_bytes']}/{w['bytes']} B {w['answer_us']['median']} us react {w.get('reaction_us',{}).get('median')}" for via, w in row["ways"].items())
def write(results, path):
    pass
