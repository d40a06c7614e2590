using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Tests;

/// <summary>Short ways to write user programs and to run them.</summary>
internal static class Programs
{
    public static readonly FilePage Hole = new(PageBacking.Hole, []);
    public static readonly FilePage Unwritten = new(PageBacking.Unwritten, []);
    public static readonly FilePage Block7 = new(PageBacking.Block, [7]);

    public static Instruction Load(int register, int word = 0, int map = 0) => new(Opcode.Load, map, 0, word, register, 0, 1, 1);

    public static Instruction Store(int value, int word = 0, int map = 0) => new(Opcode.Store, map, 0, word, -1, value, 0, 1);

    public static Instruction StoreRegister(int register, int map = 0) => new(Opcode.Store, map, 0, 0, register, 0, 0, 1);

    public static Instruction Write(int value, int word = 0) => new(Opcode.Write, 0, 0, word, -1, value, 0, 1);

    public static Instruction WritePage(int value) => new(Opcode.Write, 0, 0, -1, -1, value, 0, 1);

    public static Instruction Read(int register, int word = 0) => new(Opcode.Read, 0, 0, word, register, 0, 1, 1);

    public static Instruction DontNeed(int map = 0) => new(Opcode.DontNeed, map, -1, 0, -1, 0, 0, 1);

    /// <summary>One file of one page, mapped once (and, when asked, a second time the other way).</summary>
    public static UserProgram Of(FilePage page, bool shared, params Instruction[][] threads) =>
        Of(page, [new MapSpec("A", 0, shared, true)], threads);

    public static UserProgram Of(FilePage page, MapSpec[] maps, params Instruction[][] threads) => new(
        "test",
        [new FileSpec("f", [page])],
        maps,
        [.. threads.Select((code, t) => new ThreadSpec($"P{t}", code, ["r0", "r1"]))],
        threads.SelectMany(t => t).Any(i => i.Word != 0) ? 2 : 1);

    public static KernelVersion Version(string name) => KernelVersions.Find(name)!;

    /// <summary>All interleavings, with the atomic reference; the names of what is violated, sorted.</summary>
    public static IReadOnlyList<string> Violations(UserProgram program, KernelVersion version, FilesystemKind fs = FilesystemKind.Ext4)
    {
        SearchResult result = Search(program, version, fs);
        Assert.True(result.Complete);
        return [.. result.Violations.Select(v => v.ToString()).Order(StringComparer.Ordinal)];
    }

    public static SearchResult Search(UserProgram program, KernelVersion version, FilesystemKind fs = FilesystemKind.Ext4, bool twice = false)
    {
        var machine = new Machine(program, version, fs) { Reference = AtomicReference.Explore(program, SearchLimits.None) };
        return ExhaustiveSearch.Run(machine, findLivelocks: true, checkDeterminism: twice);
    }

    /// <summary>One thread, run once: what it cost, and where it ended.</summary>
    public static End RunOnce(UserProgram program, string version, FilesystemKind fs = FilesystemKind.Ext4)
    {
        var costs = new CostCounters();
        var machine = new Machine(program, Version(version), fs) { Costs = costs };
        End? end = null;
        IReadOnlyList<Violation> violations = SingleRun.Run(machine, _ => end = new End(
            MachineView.Pte(machine, 0, 0),
            program.Maps.Count > 1 ? MachineView.Pte(machine, 1, 0) : Pte.None,
            MachineView.Entry(machine, 0, 0),
            MachineView.Register(machine, 0, 0),
            MachineView.Register(machine, 0, 1),
            Outcome.FileWord(0, 0, 0),
            costs));
        Assert.Empty(violations);
        return end!;
    }

    internal sealed record End(Pte Pte, Pte OtherPte, MappingEntry Entry, int R0, int R1, int FileWord, CostCounters Costs);
}
