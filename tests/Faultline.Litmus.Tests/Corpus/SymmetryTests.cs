using Faultline.Engine.Search;
using Faultline.Engine.Tests;
using Faultline.Kernel;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;

namespace Faultline.Litmus.Tests.Corpus;

/// <summary>
/// Threads with equal programs change places. Few tests have some, so each test of the corpus also gets a twin of its first thread: then
/// each step must be the same step when the twins have changed places, and all that is found must be what is found when every state is
/// searched, as far as that is quickly done. FAULTLINE_WHOLE=1 takes all versions.
/// </summary>
public sealed class SymmetryTests
{
    private const int CheckedStates = 2_000;
    private const int StatesAtMost = 10_000;
    private static readonly bool Whole = Environment.GetEnvironmentVariable("FAULTLINE_WHOLE") == "1";

    public static TheoryData<string> Tests => CorpusTests.Tests;

    [Theory]
    [MemberData(nameof(Tests))]
    public void A_twin_of_a_thread_can_change_places_with_it(string test)
    {
        TestFile file = TestFile.Load(Path.Combine(CorpusTests.Folder(), test), CompileLimits.Search);
        if (file.Program is not { } program || file.IsForCostOnly || WithTwin(program) is not { } twins)
        {
            return;
        }

        foreach ((string version, FilesystemKind fs) in Kernels(file))
        {
            Machine Make() => new(twins, KernelVersions.Find(version)!, fs);
            Assert.NotEmpty(Make().Interchangeable);
            ExhaustiveSearch.Run(Make(), limits: new SearchLimits(CheckedStates), checkDeterminism: true);
            var everyEnd = new EndFingerprints();
            SearchResult every = ExhaustiveSearch.Run(Make(), everyEnd, new SearchLimits(Whole ? 20 * StatesAtMost : StatesAtMost), findLivelocks: true);
            if (every.Complete)
            {
                var ends = new EndFingerprints();
                SearchResult result = ExhaustiveSearch.Run(Make(), ends, findLivelocks: true, symmetry: true);
                Assert.Equal(every.States, result.StatesStoodFor ?? result.States);
                AssertSame(every, everyEnd, result, ends);
                var reducedEnds = new EndFingerprints();
                AssertSame(every, everyEnd, ReducedSearch.Run(Make(), reducedEnds, findLivelocks: true, symmetry: true), reducedEnds);
            }
        }
    }

    [Fact]
    public void Most_tests_can_be_given_a_twin()
    {
        IEnumerable<TestFile> files = Tests.Select(t => TestFile.Load(Path.Combine(CorpusTests.Folder(), t.Data), CompileLimits.Search));
        Assert.InRange(files.Count(f => f.Program is not null && WithTwin(f.Program) is not null), 150, int.MaxValue);
    }

    /// <summary>Tests that have equal threads from the start: verdict, states, findings and lengths of witnesses.</summary>
    [Theory]
    [InlineData("history/b15cd800682f-radix-restart.litmus")]
    [InlineData("history/25bbe21bf427-page-gone-while-waiting.litmus")]
    [InlineData("history/91d25ba8a6b0-hole-page.litmus")]
    [InlineData("history/965d004af540-three-loads-of-a-hole.litmus")]
    [InlineData("fstests/generic-437-huge.litmus")]
    [InlineData("seed/generic-437-loop.litmus")]
    public void Says_what_is_said_when_every_state_is_searched(string test)
    {
        TestFile file = TestFile.Load(Path.Combine(CorpusTests.Folder(), test), CompileLimits.Search);
        foreach ((string version, FilesystemKind fs) in Kernels(file))
        {
            string every = Said(new Exhaustive { Reduction = Reduction.Never });
            Assert.Equal(every, Said(new Exhaustive()));
            Assert.Equal(every, Said(new Exhaustive { Reduction = Reduction.Always }));
            Assert.Equal(every, Said(new Exhaustive { Reduction = Reduction.Always, Workers = 3 }));

            string Said(ISearchStrategy strategy) => ReductionTests.Said(
                Checker.Check(file.Test!, file.Program!, KernelVersions.Find(version)!, fs, null, CheckOptions.Default with { Strategy = strategy }));
        }
    }

    private static IEnumerable<(string Version, FilesystemKind Fs)> Kernels(TestFile file) =>
        from kernel in KernelVersions.All
        from fs in Enum.GetValues<FilesystemKind>()
        where (Whole || (kernel.Name, fs) is ("v4.12", FilesystemKind.Ext4) or ("v6.15", FilesystemKind.Xfs)) && NotRun.Of(file, kernel, fs) is null
        select (kernel.Name, fs);

    private static UserProgram? WithTwin(UserProgram program)
    {
        ThreadSpec? first = program.Threads.FirstOrDefault(
            t => program.Processes[t.Process].Parent < 0 && t.Code.Count > 0 && t.Code.All(i => i.Opcode != Opcode.Fork));
        return first is null || program.Threads.Count == CompileLimits.Search.MaxThreads
            ? null
            : program with { Threads = [.. program.Threads, first with { Name = $"P{program.Threads.Count}" }] };
    }

    private static void AssertSame(SearchResult every, EndFingerprints everyEnd, SearchResult result, EndFingerprints ends)
    {
        Assert.True(result.Complete);
        Assert.Equal(every.EndStates, result.EndStates);
        Assert.Equal(every.Violations, result.Violations);
        Assert.Equal(every.LockOrder, result.LockOrder);
        Assert.Equal(every.Livelocked?.Count > 0, result.Livelocked?.Count > 0);
        Assert.Equal(everyEnd.Told, ends.Told);
        Assert.True(everyEnd.Found.SetEquals(ends.Found), "other end states");
    }
}
