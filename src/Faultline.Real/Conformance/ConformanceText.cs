using Faultline.Kernel.Programs;
using Faultline.Kernel.Versions;

namespace Faultline.Real.Conformance;

/// <summary>How a recording compares with the model, in words.</summary>
public static class ConformanceText
{
    /// <summary>The tests of a recording that differ.</summary>
    public static IReadOnlyList<RecordedTest> Differences(Recording recording, KernelVersion version) =>
        [.. recording.Tests.Where(t => recording.Compare(t, version).Difference >= 0)];

    /// <summary>One line for the whole.</summary>
    public static string Summary(Recording recording, KernelVersion version)
    {
        Comparison[] all = [.. recording.Tests.Select(t => recording.Compare(t, version))];
        int differ = all.Count(c => c.Difference >= 0), cut = all.Count(c => c.Allocated >= 0);
        long steps = recording.Tests.Sum(t => (long)t.Lines.Count);
        long whole = recording.Tests.Zip(all, (t, c) => c.Allocated >= 0 ? c.Allocated : t.Lines.Count).Sum(n => (long)n);
        return $"{recording.Release} {recording.Filesystem}: {recording.Tests.Count - differ} of {recording.Tests.Count} tests agree with {version.Name}, "
            + $"{differ} differ; {steps} steps, {whole} compared whole ({cut} tests go on where blocks lie differently: results and contents only)";
    }

    /// <summary>A test that differs: itself, then what was seen up to the difference.</summary>
    public static IEnumerable<string> Describe(Recording recording, RecordedTest test, KernelVersion version)
    {
        UserProgram program = test.Sequence.Compile(test.Name)!;
        IReadOnlyList<string> model = ModelViews.Of(program, version, Recording.FilesystemOf(recording.Filesystem));
        int at = Views.Compare(program, model, test.Lines).Difference;
        yield return $"DIFFERENCE: {recording.Release} {recording.Filesystem} and {version.Name} do not agree after operation {at + 1}";
        foreach (string line in test.Sequence.ToLitmus(test.Name).TrimEnd().Split('\n'))
        {
            yield return "  " + line;
        }

        yield return "  (result; fs_dax events; pages of each mapping; size, layout, contents of each file)";
        for (int i = 0; i <= at; i++)
        {
            yield return $"  {test.Sequence.Operations[i],-32} kernel {test.Lines.ElementAtOrDefault(i) ?? "nothing"}";
        }

        yield return $"  {"",-32} model  {model.ElementAtOrDefault(at) ?? "nothing"}";
    }
}
