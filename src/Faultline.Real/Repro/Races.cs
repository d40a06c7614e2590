using Faultline.Kernel.Programs;
using Faultline.Litmus.Syntax;

namespace Faultline.Real.Repro;

/// <summary>Which statements of different threads meet on a page, one of them changing the page, its blocks or its mappings.</summary>
internal sealed class Races
{
    private readonly LitmusTest test;
    private readonly List<(int Thread, Statement Statement)> all;

    /// <summary>Of a test.</summary>
    public Races(LitmusTest test)
    {
        this.test = test;
        all = [.. test.Threads.SelectMany((t, i) => Statement.Flatten(t.Body).Select(s => (i, s)))];
    }

    /// <summary>What a statement of a thread races with, in words: <c>races with P1's r0 = A[0]</c>; empty: with nothing.</summary>
    public string Of(int thread, Statement statement)
    {
        string[] others =
        [
            .. all.Where(o => o.Thread != thread && Meet(statement, o.Statement))
                .Select(o => $"P{o.Thread}'s {LitmusPrinter.Print(test, o.Statement)}").Distinct(),
        ];
        return others.Length switch
        {
            0 => "",
            <= 3 => $"races with {string.Join(", ", others)}",
            _ => $"races with {string.Join(", ", others.Take(3))} and {others.Length - 3} more",
        };
    }

    private bool Meet(Statement left, Statement right) => Touched(left).Any(l => Touched(right).Any(r =>
        l.File == r.File && (l.Changes || r.Changes) && l.First <= r.Last && r.First <= l.Last));

    private IEnumerable<Touch> Touched(Statement statement) => statement switch
    {
        LoadStatement load => [Mapped(load.Source.Object, load.Source.Page, changes: false)],
        StoreStatement store => [Mapped(store.Target.Object, store.Target.Page, changes: true)],
        ClwbStatement clwb => [Mapped(clwb.Target.Object, clwb.Target.Page, changes: false)],
        DirectReadStatement read => [Mapped(read.Target.Object, read.Target.Page, changes: true)],
        HwPoisonStatement poison => [Mapped(poison.Map, poison.Page, changes: true)],
        ReadStatement read => [Page(read.Source.Object, read.Source.Page, 1, changes: false)],
        WriteStatement write => [Page(write.Target.Object, write.Target.Page, 1, changes: true)],
        FsyncStatement sync => [Whole(sync.File)],
        TruncateStatement truncate => [Whole(truncate.File)],
        FallocateStatement { Mode: FallocateMode.CollapseRange or FallocateMode.InsertRange } move => [Whole(move.File)],
        FallocateStatement allocate => [Page(allocate.File, allocate.Pages.First, allocate.Pages.Count, changes: true)],
        ReflinkStatement link =>
        [
            Page(link.Source, link.SourcePages.First, link.SourcePages.Count, changes: true),
            Page(link.Target, link.TargetPages.First, link.TargetPages.Count, changes: true),
        ],
        DontNeedStatement { Page: { } page } advice => [Mapped(advice.Map, page, changes: true)],
        DontNeedStatement advice => [Whole(test.Maps[advice.Map].File)],
        MsyncStatement sync => [Whole(test.Maps[sync.Map].File)],
        MunmapStatement unmap => [Whole(test.Maps[unmap.Map].File)],
        MprotectStatement protect => [Whole(test.Maps[protect.Map].File)],
        DropCachesStatement => test.Files.Select((_, i) => Whole(i)),
        ForkStatement => test.Maps.Select(m => Whole(m.File)),
        _ => [],
    };

    private Touch Mapped(int map, PageIndex page, bool changes) => Page(test.Maps[map].File, page, 1, changes);

    private Touch Page(int file, PageIndex page, int count, bool changes)
    {
        int huge = test.HugePagePages;
        bool mappedHuge = test.Maps.Any(m => m.File == file && m.Alignment != Alignment.BasePages);
        (int first, int last) = page.Variable is null ? (page.Number, page.Number + count - 1) : (0, int.MaxValue);
        return mappedHuge && page.Variable is null // one PMD, one entry
            ? new Touch(file, first / huge * huge, (last / huge * huge) + huge - 1, changes)
            : new Touch(file, first, last, changes);
    }

    private static Touch Whole(int file) => new(file, 0, int.MaxValue, Changes: true);

    private readonly record struct Touch(int File, int First, int Last, bool Changes);
}
