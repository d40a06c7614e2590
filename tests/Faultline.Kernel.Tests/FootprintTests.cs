using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Versions;
using static Faultline.Kernel.Tests.Programs;

namespace Faultline.Kernel.Tests;

/// <summary>What a program's text rules out may spare steps, never a verdict: with and without it the ends and the violations are the same.</summary>
public sealed class FootprintTests
{
    private static readonly (string Name, UserProgram Program)[] Some =
    [
        ("a private store against a load", Of(Block7, false, [Store(1)], [Load(0), Load(1)])),
        ("a shared store against a load", Of(Block7, true, [Store(1)], [Load(0), Load(1)])),
        ("two stores to a hole", Of(Hole, true, [Load(0), Store(1)], [Store(2, word: 1)])),
        ("write against a load", Of(Hole, true, [Write(1), Load(0)], [Load(0)])),
        ("write against a store to the zero page", Of(Hole, true, [Load(0), Store(1)], [Write(2, word: 1)])),
        ("write to a block", Of(Block7, true, [Write(1), Load(0)], [Store(2), Read(0)])),
        ("a copy against madvise", Of(Block7, false, [Load(0), StoreRegister(0)], [DontNeed(), Load(0)])),
        ("three loads of a hole", Of(Hole, true, [Load(0)], [Load(0)], [Load(0)])),
        ("a shared and a private mapping", Of(Hole, [new("A", 0, true, true), new("B", 0, false, true)], [Store(1)], [Store(2, map: 1), Load(0)])),
    ];

    public static TheoryData<string, string, FilesystemKind> Everywhere
    {
        get
        {
            var all = new TheoryData<string, string, FilesystemKind>();
            foreach (KernelVersion version in KernelVersions.All)
            {
                foreach ((string name, _) in Some)
                {
                    all.Add(name, version.Name, version.Name.Contains("4.1", StringComparison.Ordinal) ? FilesystemKind.Xfs : FilesystemKind.Ext4);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Changes_no_verdict(string name, string version, FilesystemKind fs)
    {
        UserProgram program = Some.Single(s => s.Name == name).Program;
        (string Found, long States) lean = Explore(program, version, fs, pessimistic: false), whole = Explore(program, version, fs, pessimistic: true);
        Assert.Equal(whole.Found, lean.Found);
        Assert.True(lean.States < whole.States, "nothing was spared");
    }

    // Violations and distinct outcomes, as text.
    private static (string Found, long States) Explore(UserProgram program, string version, FilesystemKind fs, bool pessimistic)
    {
        var machine = new Machine(program, Version(version), fs, pessimistic: pessimistic)
        {
            Reference = AtomicReference.Explore(program, SearchLimits.None),
        };
        var ends = new Ends(machine);
        SearchResult result = ExhaustiveSearch.Run(machine, ends, findLivelocks: true);
        Assert.True(result.Complete);
        IEnumerable<string> lines = result.Violations.Select(v => v.ToString()).Concat(ends.Outcomes).Order(StringComparer.Ordinal);
        return (string.Join("\n", lines), result.States);
    }

    private sealed class Ends(Machine machine) : ISearchObserver
    {
        public HashSet<string> Outcomes { get; } = [];

        public void EndState(Execution execution, bool stuck) =>
            Outcomes.Add($"{stuck}: {string.Join(' ', Outcome.Of(machine).Values)}");

        public void Progress(SearchProgress progress)
        {
        }
    }
}
