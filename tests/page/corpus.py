# SPDX-License-Identifier: MIT
"""A small corpus of a made-up newspaper: wire reports, the paper's own versions of them, and what a crawler made of both."""
import json
import os
import random

PLACES = ["Alder Bridge", "Millbrook", "Harrow Point", "the old harbour", "Westgate", "the upper valley", "Fenwick", "Stonefield", "Larkham",
          "the river meadow", "Oldtown", "the east bank"]
PEOPLE = ["Mayor Ines Calder", "council member Tom Ardley", "engineer Ruth Okafor", "harbour master Jonas Lind", "head teacher Mira Solberg",
          "grower Paul Hesketh", "librarian Dora Quill", "station manager Ewan Pryce"]
THINGS = ["a new footbridge", "the tram extension", "the reading room", "the apple harvest", "the winter market", "a cycle path", "the ferry pier",
          "the swimming hall", "a solar roof", "the flood wall", "the weather station", "the town archive"]
LEADS = ["{who} announced on {day} that {what} at {where} will be ready {when}.",
         "Work on {what} at {where} began on {day}, {when2} than planned.",
         "The council voted on {day} to pay for {what} at {where}.",
         "{what1} at {where} drew {number} visitors on {day}, more than anybody had expected.",
         "After {number2} years of debate, {where} gets {what}."]
BODIES = ["The cost is put at {money} million crowns, of which the region carries {number2} tenths.",
          "\"We have waited long enough,\" said {who}, who has followed the matter from the first day.",
          "Residents of {where2} had asked for it in a letter with {number} signatures.",
          "An earlier plan was dropped when the ground proved too soft for the pillars.",
          "{who2} warned that the budget leaves no room for delays after the spring.",
          "Two firms from {where2} share the work, and a third delivers the timber.",
          "The old building stays open until the last crate has been carried across the square.",
          "Buses between {where} and {where2} take another way for {number2} weeks.",
          "A model of it stands in the town hall, where anybody can see it until {day2}.",
          "Schools from {where2} painted the fence in colours that can be seen from the ferry.",
          "The frost in April had cost the growers a third of their crop.",
          "Whoever wants to help can put down a name at the counter of {where}.",
          "Engineers measured the water every hour, and it never rose above the second mark.",
          "{who} thanked the {number2} volunteers who had come in spite of the rain."]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
FOOT = "This report was first printed in the Valley Courier. Reprints are welcome if the source is named and nothing is changed."
MORE = "Read next: what the council decided this week, the tide table, and the crossword of the weekend edition."


def sentence(rng, template):
    what = rng.choice(THINGS)
    who, who2 = rng.sample(PEOPLE, 2)
    where, where2 = rng.sample(PLACES, 2)
    text = template.format(who=who, who2=who2, where=where, where2=where2, what=what, what1=what[0].upper() + what[1:], day=rng.choice(DAYS),
                           day2=rng.choice(DAYS), number=rng.randint(120, 4800), number2=rng.randint(2, 9), money=f"{rng.randint(2, 90)}.{rng.randint(1, 9)}",
                           when=rng.choice(["before the winter", "in spring", "next year"]), when2=rng.choice(["earlier", "two months later"]))
    return text[0].upper() + text[1:]


def article(rng):
    lead = sentence(rng, rng.choice(LEADS))
    bodies = [sentence(rng, template) for template in rng.sample(BODIES, 9)]
    return [lead + " " + " ".join(bodies[:3]), " ".join(bodies[3:6]), " ".join(bodies[6:])]


def edited(rng, paragraphs):
    """What an editor does: a word here, a correction there, now and then a sentence more."""
    paragraphs = list(paragraphs)
    swaps = [("announced", "confirmed"), ("said", "told this paper"), ("will be", "is to be"), ("more than", "far more than"), ("began", "started"),
             ("The cost", "The total cost"), ("volunteers", "helpers"), ("stays open", "remains open"), ("crowns", "crowns at most")]
    rng.shuffle(swaps)
    changed = 0
    for old, new in swaps:
        for i, paragraph in enumerate(paragraphs):
            if old in paragraph and changed < 3:
                paragraphs[i] = paragraph.replace(old, new, 1)
                changed += 1
    if rng.random() < 0.4:
        paragraphs[0] = "UPDATE: " + paragraphs[0]
    if rng.random() < 0.4:
        paragraphs[-1] += " " + sentence(rng, rng.choice(BODIES))
    return paragraphs


def records():
    """(file, id, paragraphs) in the order of the files."""
    rng = random.Random(20)
    wire = [("wire/agency.jsonl", f"wire-{n + 1:03d}", article(rng)) for n in range(150)]
    paper, crawl = [], []
    for n in range(110):
        source = wire[int(rng.random() ** 2 * 150)]
        paragraphs = edited(rng, source[2]) if rng.random() < 0.7 else source[2] if rng.random() < 0.5 else article(rng)
        paper.append(("paper/courier.jsonl", f"courier-{n + 1:03d}", paragraphs + [FOOT]))
    for n in range(160):
        source = rng.choice(paper if rng.random() < 0.6 else wire)[2]
        draw = rng.random()
        paragraphs = source if draw < 0.3 else [p.upper() for p in source] if draw < 0.36 else edited(rng, source) if draw < 0.7 else article(rng)
        crawl.append((f"crawl/part-{n % 2}.jsonl", f"page-{n + 1:03d}", list(paragraphs) + ([MORE] if rng.random() < 0.5 else [])))
    return wire + paper + crawl


def write(folder):
    files = {}
    for name, identity, paragraphs in records():
        files.setdefault(name, []).append(json.dumps({"id": identity, "text": "\n\n".join(paragraphs)}, ensure_ascii=False))
    for name, lines in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")
    return sorted({name.split("/")[0] for name in files})
