using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Faultline.Engine;
using Faultline.Engine.Witnesses;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Schedules;

/// <summary>A step as a schedule file keeps it: who moved, and what the step was, to notice when it is another one.</summary>
/// <param name="Move">The thread and its choice.</param>
/// <param name="What">Kind of step, word, and the function it happened in.</param>
/// <param name="Position">Where it stands in the file.</param>
public sealed record KeptStep(Move Move, string What, SourcePosition Position);

/// <summary>
/// A witness as a file: the test, kernel version, filesystem, finding and schedule, with what each step was, the version of Faultline
/// that wrote it, and a checksum. It needs no other file to run again.
/// </summary>
/// <param name="Tool">Version of Faultline that wrote it.</param>
/// <param name="Kernel">Kernel version.</param>
/// <param name="Filesystem">ext4 or xfs.</param>
/// <param name="Finding">Name of the finding.</param>
/// <param name="IsShortest">There is no shorter schedule that shows it; false: that is not known.</param>
/// <param name="TestPath">Where the test was read from; for people.</param>
/// <param name="Steps">The schedule.</param>
/// <param name="Changed">Words that differ at the end from the start, as <c>name: before -> after</c>.</param>
/// <param name="Test">The litmus test.</param>
public sealed record ScheduleFile(
    string Tool,
    string Kernel,
    string Filesystem,
    string Finding,
    bool IsShortest,
    string TestPath,
    IReadOnlyList<KeptStep> Steps,
    IReadOnlyList<string> Changed,
    string Test)
{
    /// <summary>Version of the format.</summary>
    public const int FormatVersion = 1;

    /// <summary>What the first line of every such file begins with.</summary>
    public const string Magic = "faultline schedule ";

    /// <summary>The line that names the kernel version.</summary>
    public const int KernelLine = 4;

    internal const string Shortest = "shortest";

    internal const string Found = "found";

    /// <summary>Spaces before each line of the test.</summary>
    internal const int TestIndent = 4;

    /// <summary>Why a finding cannot be kept as one schedule; null: it can.</summary>
    public static string? WhyNot(Finding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        return finding.Cycle is not null ? $"{finding.Name} is shown by several schedules together, not by one"
            : finding.Witness is null ? $"{finding.Name} has no schedule: the search for the shortest met its bound"
            : null;
    }

    /// <summary>Keeps a finding.</summary>
    /// <param name="result">The check.</param>
    /// <param name="finding">The finding; it has a witness.</param>
    public static ScheduleFile Of(CheckResult result, Finding finding)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(finding);
        Witness witness = finding.Witness ?? throw new ArgumentException("a finding without a schedule", nameof(finding));
        return new ScheduleFile(
            ToolVersion.Name,
            result.Machine.Version.Name,
            ModelNames.Of(result.Machine.Filesystem),
            finding.Name,
            finding.IsShortest,
            result.Test.Path,
            [.. witness.Steps.Select(s => new KeptStep(s.Move, What(s), SourcePosition.Start))],
            ChangedWords(result.Machine, witness),
            LitmusPrinter.Print(result.Test));
    }

    /// <summary>What a step was: <c>Lock ptl in insert_pfn</c>.</summary>
    public static string What(WitnessStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        string where = step.Stack.Count == 0 ? "" : $" in {step.Stack[^1]}";
        return $"{step.Kind} {step.Word}{where}";
    }

    /// <summary>The words that a schedule changes, from its start to its end.</summary>
    public static IReadOnlyList<string> ChangedWords(Model model, Witness witness)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(witness);
        using var execution = new Execution(model);
        execution.Initialise();
        var changed = new List<string>();
        for (int word = 0; word < model.Layout.WordCount; word++)
        {
            int before = execution.Word(word), after = witness.FinalWords[word];
            if (before != after)
            {
                changed.Add($"{model.Layout.NameOf(word)}: {model.Layout.Print(word, before)} -> {model.Layout.Print(word, after)}");
            }
        }

        return changed;
    }

    /// <summary>The file's text.</summary>
    public string Write()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Magic}{FormatVersion}\n");
        text.Append("# A schedule that shows a finding. To run it again: faultline replay FILE\n");
        text.Append(CultureInfo.InvariantCulture, $"tool {Tool}\nkernel {Kernel}\nfilesystem {Filesystem}\nfinding {Finding}\nschedule {(IsShortest ? Shortest : Found)}\npath {TestPath}\n");
        text.Append(CultureInfo.InvariantCulture, $"steps {Steps.Count}\n");
        for (int i = 0; i < Steps.Count; i++)
        {
            Move move = Steps[i].Move;
            string choice = move.Choice == 0 ? "" : $":{move.Choice}";
            text.Append(CultureInfo.InvariantCulture, $"  {i + 1} P{move.Thread}{choice} {Steps[i].What}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"changed {Changed.Count}\n");
        foreach (string word in Changed)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {word}\n");
        }

        string[] lines = Test.TrimEnd('\n').Split('\n');
        text.Append(CultureInfo.InvariantCulture, $"test {lines.Length}\n");
        foreach (string line in lines)
        {
            text.Append(new string(' ', TestIndent)).Append(line).Append('\n');
        }

        string above = text.ToString();
        return $"{above}end {Checksum(above)}\n";
    }

    internal static string Checksum(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}
