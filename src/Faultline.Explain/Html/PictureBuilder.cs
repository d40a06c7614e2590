using Faultline.Engine.State;
using Faultline.Explain.Stories;
using Faultline.Kernel;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Values;

namespace Faultline.Explain.Html;

/// <summary>Draws the state after each step of a witness.</summary>
internal sealed class PictureBuilder
{
    private const string None = "none";

    private readonly Tape tape;
    private readonly UserProgram program;
    private readonly WordNames names;
    private readonly IReadOnlyList<LockSpan> locks;
    private readonly HashSet<string> pointedTo = [];
    private readonly int alive;

    private PictureBuilder(Machine machine, Tape tape, IReadOnlyList<LockSpan> locks)
    {
        program = machine.Program;
        this.tape = tape;
        this.locks = locks;
        names = tape.Names;
        alive = tape.LastAlive;
    }

    private int States => tape.Steps.Count + 1;

    public static Picture Build(Machine machine, Tape tape, IReadOnlyList<LockSpan> locks)
    {
        var builder = new PictureBuilder(machine, tape, locks);
        List<PictureBox> mappings = [.. program(machine).Maps.Select((_, map) => builder.Mapping(map))];
        List<PictureBox> files = [.. program(machine).Files.Select((_, file) => builder.File(file))];
        return new Picture(
            mappings, builder.Memory(), files, builder.Locks(), CpuChips.Of(machine.Program, tape, locks));

        static UserProgram program(Machine machine) => machine.Program;
    }

    private PictureBox Mapping(int map)
    {
        MapSpec spec = program.Maps[map];
        string name = MapName(map);
        int pages = program.Files[spec.File].Pages.Count, end = spec.PageCount == 0 ? pages : spec.FirstPage + spec.PageCount;
        string rights = $"{(spec.Shared ? "shared" : "private")} {(spec.Writable ? "rw" : "r")}{(spec.Sync ? " sync" : "")}";
        List<Chip> own = [];
        if (names.Find($"vma {name}") is var vma and >= 0)
        {
            own.Add(Word(ChipKind.Words, "vma", vma, Vma.Describe));
        }

        if (spec.Alignment != Alignment.BasePages && names.Range($"pmd {name}") is { } pmds)
        {
            own.AddRange(Enumerable.Range(pmds.Start, pmds.Count).Select(w =>
                Word(ChipKind.Pmd, $"PMD {w - pmds.Start}", w, v => new Pmd(v) is { IsHuge: true } huge ? huge.AsPte.Pfn : default)));
        }

        return new PictureBox(
            $"{name}: {program.Files[spec.File].Name}, {rights}",
            own,
            [.. Enumerable.Range(spec.FirstPage, end - spec.FirstPage).Select(page => PageOfMapping(map, name, page))]);
    }

    private string MapName(int map)
    {
        MapSpec spec = program.Maps[map];
        return spec.CopyOf < 0 ? spec.Name : $"{program.Processes[spec.Process].Name}:{spec.Name}";
    }

    private ChipGroup PageOfMapping(int map, string name, int page)
    {
        int pte = names.PteOf(map, page);
        List<Chip> chips = [Word(ChipKind.Pte, "PTE", pte, v => new Pte(v).Pfn)];
        chips.AddRange(
            from cpu in Enumerable.Range(0, program.Threads.Count)
            let tlb = names.TlbOf(cpu, pte)
            where tlb >= 0
            let chip = Word(ChipKind.Tlb, $"TLB {program.Threads[cpu].Name}", tlb, v => new Pte(v).Pfn)
            where !chip.IsAlways(None)
            select chip);
        return new ChipGroup($"{name}[{page}]", chips);
    }

    private PictureBox File(int file)
    {
        FileSpec spec = program.Files[file];
        WordRange entries = names.Range($"entry {spec.Name}")!, extents = names.Range($"extent {spec.Name}")!;
        List<Chip> own = [.. Optional("size", $"size {spec.Name}", Pages)];
        own.AddRange(Optional("size on media", $"durable_size {spec.Name}", Pages).Where(c => !c.SameAs(own)));
        own.AddRange(Found(names.Range("crash_size")?.Start + file ?? -1, 1, Pages));
        own.AddRange(Optional("metadata", $"metadata_dirty {spec.Name}", v => v == 0 ? "committed" : "not committed"));
        return new PictureBox(
            $"file {spec.Name}", own, [.. Enumerable.Range(0, spec.Pages.Count).Select(page => PageOfFile(file, page, entries, extents))]);
    }

    private static string Pages(int pages) => pages == 1 ? "1 page" : $"{pages} pages";

    private ChipGroup PageOfFile(int file, int page, WordRange entries, WordRange extents)
    {
        string name = $"{program.Files[file].Name}[{page}]";
        List<Chip> chips =
        [
            Word(ChipKind.Entry, "entry", entries.Start + page, v => new MappingEntry(v).Pfn),
            Word(ChipKind.Extent, "extent", extents.Start + page, v => new Extent(v) is { HasBlock: true } e ? Pfn.Block(e.Block) : default),
        ];
        chips.AddRange(Optional("on media", $"durable_extent {name}", v => new Extent(v).ToString()).Where(c => !c.SameAs(chips)));
        int filePage = program.Files.Take(file).Sum(f => f.Pages.Count) + page;
        chips.AddRange(Found(names.Range("crash_image")?.Start + (filePage * program.WordsPerPage) ?? -1, program.WordsPerPage, v => $"{v}"));
        return new ChipGroup(name, chips);
    }

    // After a power failure.
    private IEnumerable<Chip> Found(int first, int count, Func<int, string> print)
    {
        if (first >= 0 && alive < tape.Steps.Count)
        {
            yield return Make(ChipKind.Words, "after the crash", s => new ChipValue(s <= alive
                ? "-"
                : string.Join(' ', Enumerable.Range(first, count).Select(w => print(tape.WordsAfter(s)[w])))));
        }
    }

    // What nothing points to and nobody uses in the whole run is left out.
    private List<Frame> Memory()
    {
        var frames = new List<Frame>();
        frames.AddRange(Frames("block", "block_state", state => (state & 0xff) != 0, Lines));
        frames.AddRange(Frames("anon", "anon_state", state => state != 0, _ => []));
        frames.AddRange(pointedTo.Where(name => !name.StartsWith("block ", StringComparison.Ordinal) && !name.StartsWith("anon ", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => new Frame(name, [Always(ChipKind.Memory, "contents", "zeroes")])));
        return frames;
    }

    private IEnumerable<Frame> Frames(string kind, string stateName, Func<int, bool> isInUse, Func<int, IEnumerable<Chip>> more)
    {
        WordRange? data = names.Range(kind), state = names.Range(stateName);
        for (int frame = 0; data is not null && state is not null && frame < state.Count; frame++)
        {
            int first = data.Start + (frame * program.WordsPerPage), number = frame;
            bool isShown = pointedTo.Contains($"{kind} {frame}") || Enumerable.Range(0, States).Any(s => isInUse(At(s, state.Start + number)));
            if (isShown)
            {
                Chip contents = Make(ChipKind.Memory, "contents", s => new ChipValue(
                    string.Join(' ', Enumerable.Range(first, program.WordsPerPage).Select(w => At(s, w)))
                    + (isInUse(At(s, state.Start + number)) ? "" : " (free)")));
                yield return new Frame($"{kind} {frame}", [contents, .. more(frame)]);
            }
        }
    }

    // A cache line to a word.
    private IEnumerable<Chip> Lines(int block)
    {
        WordRange? state = names.Range("line"), durable = names.Range("line_durable");
        for (int word = 0; state is not null && durable is not null && word < program.WordsPerPage; word++)
        {
            int line = (block * program.WordsPerPage) + word;
            string label = program.WordsPerPage == 1 ? "line" : $"line {word}";
            yield return Make(ChipKind.Line, label, s => new ChipValue(Line(At(s, state.Start + line), At(s, durable.Start + line))));
        }

        foreach (Chip pins in Optional("pins", $"pins of block {block}", v => $"{v}"))
        {
            yield return pins;
        }
    }

    private static string Line(int state, int durable) => CacheLineText.Of(state) is { Length: > 0 } text ? $"{text}; media has {durable}" : $"media has {durable}";

    private List<Chip> Locks() =>
    [
        .. locks.Select(l => l.Word).Distinct().Order()
            .Select(word => Make(ChipKind.Lock, names[word], s => new ChipValue(Holders(word, s)))),
    ];

    private string Holders(int word, int steps)
    {
        List<string> holders = [.. locks.Where(l => l.Word == word && l.IsHeldAfter(steps)).Select(l => $"P{l.Thread}{(l.Shared ? " (r)" : "")}")];
        return holders.Count == 0 ? "free" : string.Join(", ", holders);
    }

    private IEnumerable<Chip> Optional(string label, string engineName, Func<int, string> print) =>
        names.Find(engineName) is var word and >= 0 ? [Word(ChipKind.Words, label, word, print)] : [];

    private Chip Word(ChipKind kind, string label, int word, Func<int, string> print) =>
        Make(kind, label, s => new ChipValue(print(At(s, word))));

    private Chip Word(ChipKind kind, string label, int word, Func<int, Pfn> target) => Make(kind, label, s =>
    {
        int value = At(s, word);
        Pfn pfn = target(value);
        string name = pfn.Kind == PfnKind.None ? "" : pfn.ToString();
        if (name.Length > 0)
        {
            pointedTo.Add(name);
        }

        return new ChipValue(names.Print(word, value), name);
    });

    private Chip Always(ChipKind kind, string label, string text) => Make(kind, label, _ => new ChipValue(text));

    private Chip Make(ChipKind kind, string label, Func<int, ChipValue> at) => new(kind, label, [.. Enumerable.Range(0, States).Select(at)]);

    // What the model forgets with the power stays as it was; what is found after it has chips of its own.
    private int At(int steps, int word) => tape.WordsAfter(Math.Min(steps, alive))[word];
}
