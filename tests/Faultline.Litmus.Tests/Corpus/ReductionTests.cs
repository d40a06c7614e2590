using Faultline.Engine.Search;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;

namespace Faultline.Litmus.Tests.Corpus;

/// <summary>
/// The reduced search on the whole corpus: verdict, final states with their numbers, violations and lengths of witnesses are those of the
/// unreduced one. CI takes two versions without witnesses; FAULTLINE_WHOLE=1 takes all of both.
/// </summary>
public sealed class ReductionTests
{
    private static readonly bool Whole = Environment.GetEnvironmentVariable("FAULTLINE_WHOLE") == "1";

    public static TheoryData<string> Tests => CorpusTests.Tests;

    [Theory]
    [MemberData(nameof(Tests))]
    public void Says_what_the_unreduced_search_says(string test)
    {
        TestFile file = TestFile.Load(Path.Combine(CorpusTests.Folder(), test), CompileLimits.Search);
        if (file.Program is null || file.IsForCostOnly)
        {
            return;
        }

        foreach (KernelVersion kernel in KernelVersions.All.Where(k => Whole || k.Name is "v4.12" or "v6.15"))
        {
            foreach (FilesystemKind fs in Enum.GetValues<FilesystemKind>().Where(fs => NotRun.Of(file, kernel, fs) is null))
            {
                string unreduced = Said(file, kernel, fs, new Exhaustive { Reduction = Reduction.Never });
                Assert.Equal(unreduced, Said(file, kernel, fs, new Exhaustive { Reduction = Reduction.Always }));
            }
        }
    }

    /// <summary>States and ends do not depend on the number of workers, on a test of four threads.</summary>
    [Theory]
    [InlineData(Reduction.Never)]
    [InlineData(Reduction.Always)]
    public void Counts_do_not_depend_on_the_number_of_workers(Reduction reduction)
    {
        TestFile file = TestFile.Load(Path.Combine(CorpusTests.Folder(), "history/237388320def-waiters-left-asleep.litmus"), CompileLimits.Search);
        KernelVersion kernel = KernelVersions.Find("v6.12")!;
        string one = Counts(1), three = Counts(3);
        Assert.Equal(one, three);

        string Counts(int workers)
        {
            CheckResult result = Check(file, kernel, FilesystemKind.Ext4, new Exhaustive { Reduction = reduction, Workers = workers });
            return $"{result.Search.States} {result.Search.Transitions} {result.Search.EndStates} {result.Search.Passes} {Said(result)}";
        }
    }

    private static string Said(TestFile file, KernelVersion kernel, FilesystemKind fs, ISearchStrategy strategy) =>
        Said(Check(file, kernel, fs, strategy));

    private static CheckResult Check(TestFile file, KernelVersion kernel, FilesystemKind fs, ISearchStrategy strategy) =>
        Checker.Check(file.Test!, file.Program!, kernel, fs, null, CheckOptions.Default with { Witnesses = Whole, Strategy = strategy });

    internal static string Said(CheckResult result)
    {
        var states = result.Verdict.States.OrderBy(s => s.Line, StringComparer.Ordinal).Select(s => $"{s.Count}:{s.Line}");
        var findings = result.Findings.Select(f => $"{f.Name} {f.Witness?.Switches} {f.Witness?.Steps.Count}");
        return $"{result.Test.Name} {result.Machine.Version.Name} {result.Search.Complete} {result.Verdict.Positive} {result.Verdict.Negative}"
            + $" {result.Search.EndStates} {result.Search.Livelocked?.Count > 0}\n{string.Join('\n', states.Concat(findings))}";
    }
}
