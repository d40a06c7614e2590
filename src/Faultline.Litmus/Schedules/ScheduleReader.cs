using System.Globalization;
using System.Text.RegularExpressions;
using Faultline.Engine.Witnesses;

namespace Faultline.Litmus.Schedules;

/// <summary>A schedule file read, or why it cannot be.</summary>
/// <param name="File">The file; null when it is damaged.</param>
/// <param name="Diagnostics">What is wrong, and where.</param>
/// <param name="TestLine">The line of the file that the test begins on.</param>
public sealed record ScheduleResult(ScheduleFile? File, IReadOnlyList<Diagnostic> Diagnostics, int TestLine);

/// <summary>Reads schedule files. Whatever the input, the answer is a schedule or an error with its place, never an exception.</summary>
public sealed partial class ScheduleReader
{
    private readonly string path;
    private readonly string[] lines;
    private int at;

    private ScheduleReader(string path, string text)
    {
        this.path = path;
        lines = text.Split('\n');
    }

    /// <summary>Reads a text.</summary>
    /// <param name="path">Path, for the diagnostics.</param>
    /// <param name="text">The text.</param>
    public static ScheduleResult Read(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return new ScheduleReader(path, text).Read();
        }
        catch (DamagedException e)
        {
            return new ScheduleResult(null, [e.Diagnostic], 0);
        }
    }

    private ScheduleResult Read()
    {
        string version = Value(ScheduleFile.Magic.TrimEnd(), "a schedule file of faultline");
        if (version != $"{ScheduleFile.FormatVersion}")
        {
            throw Wrong(0, ScheduleFile.Magic.Length + 1, $"format {version} is not known; expected {ScheduleFile.FormatVersion}, as faultline {ToolVersion.Name} writes it");
        }

        while (at < lines.Length && lines[at].StartsWith('#'))
        {
            at++;
        }

        string tool = Value("tool"), kernel = Value("kernel"), filesystem = Value("filesystem"), finding = Value("finding"), which = Value("schedule");
        if (which is not (ScheduleFile.Shortest or ScheduleFile.Found))
        {
            throw Wrong(at - 1, 10, $"{Found(at - 1)}; expected 'schedule {ScheduleFile.Shortest}' or 'schedule {ScheduleFile.Found}'");
        }

        string test = Value("path");
        List<KeptStep> steps = [.. Many("steps").Select((line, i) => Step(line, i))];
        List<string> changed = [.. Many("changed").Select(line => lines[line][2..])];
        List<int> program = Many("test");
        int testLine = program.Count == 0 ? at : program[0];
        string litmus = string.Concat(program.Select(line => (lines[line].Length > ScheduleFile.TestIndent ? lines[line][ScheduleFile.TestIndent..] : "") + "\n"));
        int end = at;
        string checksum = Value("end"), found = ScheduleFile.Checksum(string.Concat(lines.Take(end).Select(l => l + "\n")));
        if (checksum != found)
        {
            throw Wrong(end, 5, $"the checksum is {checksum}, that of the lines above is {found}: the file was changed or damaged");
        }

        if (at < lines.Length - 1 || (at < lines.Length && lines[at].Length > 0))
        {
            throw Wrong(at, 1, "the file goes on; expected nothing after 'end'");
        }

        return new ScheduleResult(new ScheduleFile(
            tool, kernel, filesystem, finding, which == ScheduleFile.Shortest, test, steps, changed, litmus), [], testLine + 1);
    }

    private string Value(string key, string? whatItIs = null)
    {
        if (at >= lines.Length || !lines[at].StartsWith(key + " ", StringComparison.Ordinal) || lines[at].Length <= key.Length + 1)
        {
            string expected = whatItIs is null ? $"'{key} ...'" : $"{whatItIs}: '{key} {ScheduleFile.FormatVersion}'";
            throw Wrong(at, 1, $"{Found()}; expected {expected}");
        }

        return lines[at++][(key.Length + 1)..];
    }

    // "key N" and then N indented lines; their numbers.
    private List<int> Many(string key)
    {
        int head = at;
        string count = Value(key);
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int n))
        {
            throw Wrong(head, key.Length + 2, $"'{count}' is no number of lines");
        }

        var numbers = new List<int>();
        for (int i = 0; i < n; i++, at++)
        {
            bool isLast = at == lines.Length - 1 && lines[at].Length == 0;
            if (at >= lines.Length || isLast || !lines[at].StartsWith("  ", StringComparison.Ordinal))
            {
                throw Wrong(at, 1, $"{Found()}; expected line {i + 1} of the {n} of '{key}', with spaces before it");
            }

            numbers.Add(at);
        }

        return numbers;
    }

    private KeptStep Step(int line, int index)
    {
        Match step = StepLine().Match(lines[line]);
        bool fits = step.Success
            && step.Groups["number"].Value == $"{index + 1}"
            && byte.TryParse(step.Groups["thread"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            && (!step.Groups["choice"].Success || byte.TryParse(step.Groups["choice"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        if (!fits)
        {
            throw Wrong(line, 3, $"{Found(line)}; expected '{index + 1} P0 ...', step {index + 1} of the schedule");
        }

        int choice = step.Groups["choice"].Success ? byte.Parse(step.Groups["choice"].Value, CultureInfo.InvariantCulture) : 0;
        var move = new Move(byte.Parse(step.Groups["thread"].Value, CultureInfo.InvariantCulture), choice);
        return new KeptStep(move, step.Groups["what"].Value, new SourcePosition(line + 1, 3));
    }

    private string Found() => Found(at);

    private string Found(int line)
    {
        const int Shown = 40;
        if (line >= lines.Length || (line == lines.Length - 1 && lines[line].Length == 0))
        {
            return "the file ends here";
        }

        string text = lines[line].Trim();
        text = new string([.. text.Take(Shown).Select(c => char.IsControl(c) ? '?' : c)]) + (text.Length > Shown ? "..." : "");
        return text.Length == 0 ? "an empty line" : $"found '{text}'";
    }

    private DamagedException Wrong(int line, int column, string message) =>
        new(new Diagnostic(path, Math.Min(line, lines.Length - 1) + 1, column, message));

    [GeneratedRegex(@"^  (?<number>\d+) P(?<thread>\d+)(:(?<choice>\d+))? (?<what>\S.*)$")]
    private static partial Regex StepLine();

    private sealed class DamagedException(Diagnostic diagnostic) : Exception(diagnostic.Message)
    {
        public Diagnostic Diagnostic { get; } = diagnostic;
    }
}
