using Faultline.Explain.Traces;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Real.Traces;

namespace Faultline.Real.Tests;

/// <summary>What explain --ftrace writes, trace reads back as a path of the same model.</summary>
public sealed class RoundTripTests
{
    /// <summary>The seed's tests; the whole corpus takes minutes.</summary>
    public static TheoryData<string> Tests => [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "seed"), "*.litmus")
        .Where(f => !File.ReadAllText(f).Contains("Geometry=real", StringComparison.Ordinal)).Select(f => Path.GetFileName(f)!)];

    [Theory]
    [MemberData(nameof(Tests))]
    public void A_witness_is_a_path(string test)
    {
        TestFile file = TestFile.Load(Path.Combine(AppContext.BaseDirectory, "seed", test), CompileLimits.Search);
        foreach ((string name, FilesystemKind fs) in new[] { ("v4.12+pfn-warn", FilesystemKind.Ext4), ("v6.12", FilesystemKind.Xfs) })
        {
            CheckResult result = Checker.Check(file.Test!, file.Program!, KernelVersions.Find(name)!, fs, null, CheckOptions.Default);
            if (result.Findings.FirstOrDefault(f => f.Witness is not null)?.Witness is not { } witness)
            {
                continue;
            }

            var text = new StringWriter();
            Ftrace.Write(text, result.Machine, witness.Schedule);
            TraceFile read = TraceReader.Read(new StringReader(text.ToString()));
            Assert.Empty(read.Unreadable);
            Assert.Empty(read.OtherEvents);
            Assert.Equal(TraceRun.Of(result.Machine, witness.Schedule).Count, read.Records.Count);
            TraceResult checkedAgain = TraceChecker.Check(read, new TraceOptions(KernelVersions.Find(name)!, fs), null, TestContext.Current.CancellationToken);
            Assert.True(checkedAgain.FirstRefused is null, $"{test} on {name}: {checkedAgain.FirstRefused?.Event.Record.Text}\n{text}");
            Assert.Empty(checkedAgain.NotJudged);
        }
    }
}
