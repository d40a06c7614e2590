using System.Runtime.CompilerServices;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Costing;
using Faultline.Litmus.Expectations;

namespace Faultline.Litmus.Tests.Corpus;

/// <summary>Every test of the corpus, on every version and filesystem, against its .expected file.</summary>
public sealed class CorpusTests
{
    private static readonly CheckOptions Quick = CheckOptions.Default with { Witnesses = false };

    public static TheoryData<string> Tests => [.. Files().Select(f => Path.GetRelativePath(Folder(), f))];

    [Theory]
    [MemberData(nameof(Tests))]
    public void Is_as_expected_everywhere(string test)
    {
        TestFile file = Load(test);
        foreach (FilesystemKind fs in Enum.GetValues<FilesystemKind>())
        {
            var runs = new EquivalentRuns(file, fs, Quick);
            foreach (KernelVersion kernel in KernelVersions.All.Concat(TestVersions.WithFixTakenOut(file)))
            {
                Expectation? expected = file.Expected?.Find(kernel.Name, ModelNames.Of(fs));
                bool runsThere = NotRun.Of(file, kernel, fs) is null;
                Assert.True(expected is not null == runsThere, $"{test} {(runsThere ? "has no" : "cannot run there but has an")} expectation for {kernel.Name} on {fs}");
                if (runsThere)
                {
                    Assert.Equal(expected, file.IsForCostOnly ? Found(file, kernel, fs) : Found(runs.Check(kernel)));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Tests))]
    public void Is_deterministic_and_has_no_livelock_but_those_known(string test)
    {
        TestFile file = Load(test);
        if (file.IsForCostOnly)
        {
            return;
        }

        var runs = new EquivalentRuns(file, FilesystemKind.Xfs, Quick with { CheckDeterminism = true });
        foreach (KernelVersion kernel in KernelVersions.All.Where(k => NotRun.Of(file, k, FilesystemKind.Xfs) is null))
        {
            CheckResult result = runs.Check(kernel);
            Assert.True(result.Search.Complete);
            Assert.NotNull(result.Search.Livelocked);
            bool known = file.Expected!.Find(kernel.Name, "xfs")!.Violations.Contains("livelock");
            Assert.Equal(known, result.Search.Livelocked!.Count > 0);
        }
    }

    /// <summary>A deliberate defect of the model must show in the corpus: these tests notice it, and without it they are as expected.</summary>
    [Theory]
    [InlineData(Mutation.NoEntryLock)]
    [InlineData(Mutation.OverwritePresentPte)]
    [InlineData(Mutation.WritableZeroPage)]
    [InlineData(Mutation.NoUnmapOfZeroPage)]
    [InlineData(Mutation.NoInvalidate)]
    [InlineData(Mutation.NoWakeOnUnlock)]
    [InlineData(Mutation.NoPtlInFinishFault)]
    public void A_defect_of_the_model_fails_tests_of_the_corpus(Mutation mutation)
    {
        KernelVersion good = KernelVersions.Find("v6.12")!;
        List<string> noticed = [];
        foreach (TestFile file in Files().Where(f => f.Contains("/seed/", StringComparison.Ordinal)).Select(Load).Where(f => !f.IsForCostOnly))
        {
            Expectation? expected = file.Expected!.Find(good.Name, "ext4");
            Assert.Equal(expected, Found(file, good, FilesystemKind.Ext4));
            if (!Found(file, good with { Mutation = mutation }, FilesystemKind.Ext4).Equals(expected))
            {
                noticed.Add(file.Test!.Name);
            }
        }

        Assert.NotEmpty(noticed);
    }

    /// <summary>Taking a fix out brings its bug back; so the fix is what the test sees.</summary>
    [Fact]
    public void Flipping_a_behaviour_changes_a_verdict()
    {
        KernelVersion v612 = KernelVersions.Find("v6.12")!, v414 = KernelVersions.Find("v4.14")!;
        Assert.NotEqual(On("generic-437-loop", v612), On("generic-437-loop", v612 with { CowCopyFailure = CowCopyFailure.ZeroFill }));
        Assert.NotEqual(On("generic-344", v414), On("generic-344", v414 with { PresentPte = PresentPte.OtherPfnWarnsUnlessZero }));
        Assert.NotEqual(On("generic-344", v612), On("generic-344", v612 with { PresentPte = PresentPte.ReuseUnseen }));
        Assert.NotEqual(On("generic-344", v612), On("generic-344", v612 with { PresentPte = PresentPte.OtherPfnFaults }));
        Assert.NotEqual(On("first-store", v612), On("first-store", v612 with { SharedStoreInsert = SharedStoreInsert.ReadOnlyThenMkwrite }));
        Assert.NotEqual(On("hole-page-after-write", v414), On("hole-page-after-write", v414 with { HoleBacking = HoleBacking.PageCachePage }));
        Assert.NotEqual(On("stale-read-dontneed", v414), On("stale-read-dontneed", v414 with { NestedZap = NestedZap.NoFlush }));

        Expectation On(string name, KernelVersion kernel) =>
            Found(Load(Files().Single(f => Path.GetFileNameWithoutExtension(f) == name)), kernel, FilesystemKind.Ext4);
    }

    [Fact]
    public void Every_litmus_file_has_expectations_and_every_expectation_a_litmus_file()
    {
        IEnumerable<string> Names(string pattern) =>
            Directory.GetFiles(Folder(), pattern, SearchOption.AllDirectories).Select(f => Path.ChangeExtension(f, null)).Order(StringComparer.Ordinal);
        Assert.Equal(Names("*.litmus"), Names("*.expected"));
    }

    private static Expectation Found(TestFile file, KernelVersion kernel, FilesystemKind fs)
    {
        if (!file.IsForCostOnly)
        {
            return Found(Checker.Check(file.Test!, file.Program!, kernel, fs, null, Quick));
        }

        CostResult cost = CostRun.Run(file.Test!, file.Program!, kernel, fs);
        return Expectation.Of(
            cost.Satisfied ? Verdicts.Observation.Always : Verdicts.Observation.Never, cost.Violations.Select(v => v.ToString()));
    }

    private static Expectation Found(CheckResult result)
    {
        Assert.True(result.Search.Complete);
        return result.Found;
    }

    private static TestFile Load(string test)
    {
        string path = Path.Combine(Folder(), test);
        TestFile file = TestFile.Load(path, CompileLimits.Search);
        file = file.IsForCostOnly ? TestFile.Load(path, CompileLimits.Cost) : file;
        Assert.Empty(file.Diagnostics);
        return file;
    }

    internal static IEnumerable<string> Files() =>
        Directory.GetFiles(Folder(), "*.litmus", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    internal static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "litmus"));
}
