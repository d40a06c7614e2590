using Faultline.Engine.Search;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;

namespace Faultline.Litmus.Tests.Matrix;

/// <summary>Versions that agree on all that a search asked for share its result, and nothing else does.</summary>
public sealed class EquivalentRunsTests
{
    public static TheoryData<string> Tests => [.. Seeds.All.Select(f => f.Test!.Name)];

    [Theory]
    [MemberData(nameof(Tests))]
    public void What_is_shared_is_what_a_search_of_its_own_finds(string test)
    {
        TestFile file = Seeds.Named(test);
        foreach (FilesystemKind fs in Enum.GetValues<FilesystemKind>())
        {
            var runs = new EquivalentRuns(file, fs, Seeds.Quick);
            var reference = Checker.ReferenceOf(file.Program!, Seeds.Quick);
            int shared = 0;
            foreach (KernelVersion kernel in KernelVersions.All)
            {
                CheckResult result = runs.Check(kernel);
                CheckResult alone = Checker.Check(file.Test!, file.Program!, kernel, fs, result.Expected, Seeds.Quick, reference);
                shared += result.SameAs is null ? 0 : 1;
                Assert.Equal(kernel.Name, result.Machine.Version.Name);
                Assert.Null(alone.SameAs);
                Assert.Equal(Facts(alone), Facts(result));
            }

            Assert.InRange(shared, 5, KernelVersions.All.Count - 1);
        }
    }

    [Fact]
    public void A_shared_witness_is_told_in_the_words_of_its_own_version()
    {
        TestFile file = Seeds.Named("generic-437-loop");
        var options = new CheckOptions(SearchLimits.None);
        var runs = new EquivalentRuns(file, FilesystemKind.Ext4, options);
        var reference = Checker.ReferenceOf(file.Program!, options);
        CheckResult? shared = null;
        foreach (KernelVersion kernel in KernelVersions.All)
        {
            CheckResult result = runs.Check(kernel);
            if (result.SameAs is null || result.Findings.Count == 0)
            {
                continue;
            }

            CheckResult alone = Checker.Check(file.Test!, file.Program!, kernel, FilesystemKind.Ext4, null, options, reference);
            Assert.Equal(alone.Findings.Select(f => f.Name), result.Findings.Select(f => f.Name));
            Assert.Equal(alone.Findings.Select(f => Told(f, alone)), result.Findings.Select(f => Told(f, result)));
            shared = result;
        }

        Assert.NotNull(shared);
    }

    [Fact]
    public void Versions_that_differ_only_in_what_was_not_asked_for_agree()
    {
        KernelVersion good = KernelVersions.Find("v6.12")!, bad = good with { CowCopyFailure = CowCopyFailure.ZeroFill };
        ulong asked = 1UL << Behaviour.Named(nameof(KernelVersion.CowCopyFailure)).Bit;
        Assert.False(EquivalentRuns.Agree(asked, good, bad));
        Assert.True(EquivalentRuns.Agree(~asked, good, bad));
        Assert.Equal(0UL, bad.Unasked().Asked);
    }

    [Fact]
    public void Each_behaviour_has_a_bit_of_its_own()
    {
        foreach (Behaviour behaviour in Behaviour.All)
        {
            KernelVersion version = KernelVersions.All[0].Unasked();
            _ = behaviour.Property.GetValue(version);
            Assert.Equal(1UL << behaviour.Bit, version.Asked);
        }
    }

    [Fact]
    public void A_deliberate_defect_shares_with_nobody()
    {
        var runs = new EquivalentRuns(Seeds.Named("generic-437"), FilesystemKind.Xfs, Seeds.Quick);
        KernelVersion kernel = KernelVersions.Find("v6.12")!, broken = kernel with { Mutation = Mutation.OverwritePresentPte };
        CheckResult good = runs.Check(kernel), bad = runs.Check(broken), again = runs.Check(kernel with { Name = "v6.13" });
        Assert.Null(bad.SameAs);
        Assert.NotEqual(good.Found, bad.Found);
        Assert.Equal("v6.12", again.SameAs);
        Assert.Equal(good.Found, again.Found);
    }

    [Fact]
    public void A_search_that_was_cut_short_shares_with_nobody()
    {
        var options = new CheckOptions(new SearchLimits(MaxStates: 50), Witnesses: false);
        var runs = new EquivalentRuns(Seeds.Named("generic-437"), FilesystemKind.Ext4, options);
        foreach (KernelVersion kernel in KernelVersions.All)
        {
            CheckResult result = runs.Check(kernel);
            Assert.Null(result.SameAs);
            Assert.False(result.IsComplete);
        }
    }

    [Fact]
    public void A_batch_gives_results_in_the_order_of_the_requests()
    {
        List<CheckRequest> requests =
        [
            .. from file in Seeds.All.Take(4)
               from kernel in KernelVersions.All
               from fs in Enum.GetValues<FilesystemKind>()
               select new CheckRequest(file, kernel, fs),
        ];
        List<CheckResult> results = [.. CheckBatch.Run(requests, Seeds.Quick, workers: 3)];
        Assert.Equal(
            requests.Select(r => (r.File.Test!.Name, r.Kernel.Name, r.Filesystem)),
            results.Select(r => (r.Test.Name, r.Machine.Version.Name, r.Machine.Filesystem)));
        Assert.Equal(results.Select(Facts), CheckBatch.Run(requests, Seeds.Quick, workers: 1).Select(Facts));
        Assert.Contains(results, r => r.SameAs is not null);
    }

    [Fact]
    public void An_interrupted_batch_ends()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var options = new CheckOptions(new SearchLimits(Cancellation: stop.Token), Witnesses: false);
        List<CheckRequest> requests = [new(Seeds.Named("generic-437"), KernelVersions.All[0], FilesystemKind.Ext4)];
        Assert.Empty(CheckBatch.Run(requests, options, workers: 2));
    }

    private static string Facts(CheckResult r) => string.Join(
        '\n',
        (string[])
        [
            $"{r.Found} {r.Verdict.Positive} {r.Verdict.Negative} {r.Verdict.Answer} {r.Search.States} {r.Search.Transitions} {r.Search.EndStates}",
            $"{r.Search.MaxDepth} {r.ReferenceOutcomes} {r.Search.Livelocked?.Count} {r.ExitCode} {string.Join(' ', r.Findings.Select(f => f.Name))}",
            .. r.Verdict.States.OrderBy(s => s.Line, StringComparer.Ordinal).Select(s => $"{s.Line} {s.Count} {s.IsSatisfied}"),
        ]);

    private static string Told(Finding finding, CheckResult result) => finding.Witness is not { } witness ? ""
        : $"{witness.Schedule} {witness.Switches} {result.Machine.Version.Name}\n"
            + string.Join('\n', witness.Steps.Select(s => $"{s.Word} {string.Join('<', s.Stack)} {string.Join(' ', s.Events)}"));
}
