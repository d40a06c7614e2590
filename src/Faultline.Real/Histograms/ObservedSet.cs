using Faultline.Litmus.Compile;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Syntax;

namespace Faultline.Real.Histograms;

/// <summary>How much of the end of a run is observed.</summary>
public enum Watch
{
    /// <summary>What the test's condition and <c>locations</c> name.</summary>
    Named,

    /// <summary>All that user space can see: every register, file word, size and word of a mapping.</summary>
    All,
}

/// <summary>Something that a test names and user space cannot see.</summary>
/// <param name="Observable">What.</param>
/// <param name="Reason">Why not.</param>
public sealed record Unseen(Observable Observable, string Reason);

/// <summary>What a real run of a test shows, in the order of its state lines.</summary>
public sealed class ObservedSet
{
    private readonly HashSet<string> shown;
    private readonly HashSet<string> signals;

    private ObservedSet(LitmusTest test, Watch watch, IReadOnlyList<Observable> values, IReadOnlyList<Observable> signals, IReadOnlyList<Unseen> unseen)
    {
        Test = test;
        Watch = watch;
        Values = values;
        Signals = signals;
        Unseen = unseen;
        shown = [.. values.Select(v => v.LogName)];
        this.signals = [.. signals.Select(s => s.LogName)];
    }

    /// <summary>The test.</summary>
    public LitmusTest Test { get; }

    /// <summary>How much is observed.</summary>
    public Watch Watch { get; }

    /// <summary>The hash in logs: histograms with equal ones may be added up and compared.</summary>
    public string Hash => Watch == Watch.Named ? Test.Hash : Watched.Hash;

    /// <summary>What every state line shows.</summary>
    public IReadOnlyList<Observable> Values { get; }

    /// <summary>Signals that the test does not name: a state line shows one when it came.</summary>
    public IReadOnlyList<Observable> Signals { get; }

    /// <summary>What the test names and a real run cannot show.</summary>
    public IReadOnlyList<Unseen> Unseen { get; }

    /// <summary>What a run of a test shows.</summary>
    /// <param name="test">The test.</param>
    /// <param name="watch">How much.</param>
    public static ObservedSet Of(LitmusTest test, Watch watch)
    {
        ArgumentNullException.ThrowIfNull(test);
        List<Unseen> unseen = [.. test.Observables.Select(o => (o, Why: WhyNot(test, o))).Where(o => o.Why is not null).Select(o => new Unseen(o.o, o.Why!))];
        IEnumerable<Observable> wanted = watch == Watch.Named ? test.Observables : test.Observables.Concat(Everything(test));
        List<Observable> values = [.. wanted.Where(o => o is not HangEvent && WhyNot(test, o) is null).Distinct().Order(Observable.StateOrder)];
        List<Observable> signals = [.. Signalled(test).Where(s => !values.Contains(s) && WhyNot(test, s) is null)];
        return new ObservedSet(test, watch, values, signals, unseen);
    }

    /// <summary>Can a real run show it? A hang shows, too, but has no state line of its own.</summary>
    public bool Sees(Observable observable) => WhyNot(Test, observable) is null;

    /// <summary>The test with all of this observed: the states of its search are those of <see cref="Project"/>.</summary>
    internal LitmusTest Watched => Test with { Locations = [.. Values, .. Signals, new HangEvent()] };

    /// <summary>A model's state line as a real run would print it.</summary>
    /// <param name="line">A state line of <see cref="Watched"/>.</param>
    internal string Project(string line)
    {
        var kept = new List<string>();
        foreach (string field in StateFields.Split(line))
        {
            int equals = field.LastIndexOf('=');
            string name = field[..equals];
            if (field == "hang=1")
            {
                return Histogram.HangLine;
            }

            if (shown.Contains(name) || (signals.Contains(name) && !field.EndsWith("=0", StringComparison.Ordinal)))
            {
                kept.Add(field);
            }
        }

        return StateFields.Join(kept);
    }

    private static IEnumerable<Observable> Signalled(LitmusTest test)
    {
        int[] threads =
        [
            .. Enumerable.Range(0, test.Threads.Count).Where(t => Statement.Flatten(test.Threads[t].Body)
                .Any(s => s is LoadStatement or StoreStatement or DirectReadStatement or ClwbStatement or HwPoisonStatement)),
        ];
        return [.. threads.Select(t => new SigbusEvent(t)), .. threads.Select(t => new SigsegvEvent(t))];
    }

    private static IEnumerable<Observable> Everything(LitmusTest test)
    {
        foreach ((int index, ThreadDeclaration thread) in test.Threads.Index())
        {
            foreach ((int slot, int number) in thread.Registers.Index())
            {
                yield return new RegisterValue(index, number, slot);
            }
        }

        // Poisoned memory answers neither loads nor read(2) as it did: what the model shows there is not comparable.
        if (test.HugePagePages == LitmusTest.RealHugePage || test.Statements.Any(s => s is HwPoisonStatement))
        {
            yield break;
        }

        int words = Compiler.WordsPerPage(test);
        foreach ((int index, FileDeclaration file) in test.Files.Index())
        {
            yield return new FileSize(index, file.Name);
            foreach ((int page, int word) in Words(0, file.PageCount, words))
            {
                yield return new FileWord(index, file.Name, page, word);
            }
        }

        foreach ((int index, MapDeclaration map) in test.Maps.Index())
        {
            int pages = map.MappedPages > 0 ? map.MappedPages : test.Files[map.File].PageCount - map.FirstPage;
            foreach ((int page, int word) in Words(map.FirstPage, pages, words))
            {
                yield return new MapWord(index, map.Name, page, word);
            }
        }
    }

    private static IEnumerable<(int Page, int Word)> Words(int first, int pages, int words) =>
        from page in Enumerable.Range(first, pages)
        from word in Enumerable.Range(0, words)
        select (page, word);

    private static string? WhyNot(LitmusTest test, Observable observable) => observable switch
    {
        RegisterValue or MapWord or FileWord or FileSize or HangEvent => null,
        SigbusEvent signal => WhyNotSignal(test, signal.Thread),
        SigsegvEvent signal => WhyNotSignal(test, signal.Thread),
        WarnEvent or BugEvent => "the kernel's log has it (dmesg)",
        DurableWord or DurableSize or CrashedEvent => "no power fails here",
        PteContents or PteWritable or PteDirty or PmdContents => "page tables are the kernel's",
        EntryContents or EntryDirty or EntryHuge => "mapping entries are the kernel's",
        ExtentContents => "the block map is the filesystem's",
        FaultCount => "other faults of the thread would be counted, too",
        _ => "it is a mark in the model",
    };

    // read(2) into a mapping says EFAULT for both signals; which a store would get must follow from the text.
    private static string? WhyNotSignal(LitmusTest test, int thread) =>
        Statement.Flatten(test.Threads[thread].Body).OfType<DirectReadStatement>().Any(r => SignalOf(test, r.Target.Object) is null)
            ? "EFAULT of read(2) does not say which signal a store would get"
            : null;

    /// <summary>The signal that a store gets which a mapping refuses: true SIGBUS, false SIGSEGV, null: it depends on the schedule.</summary>
    internal static bool? SignalOf(LitmusTest test, int map)
    {
        bool changes = test.Statements.Any(s => (s is MunmapStatement u && u.Map == map) || (s is MprotectStatement p && p.Map == map));
        return changes ? null : test.Maps[map].IsWritable;
    }
}
