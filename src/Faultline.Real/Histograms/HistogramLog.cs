using System.Globalization;
using System.Text.RegularExpressions;
using Faultline.Litmus;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Verdicts;

namespace Faultline.Real.Histograms;

/// <summary>What a log holds.</summary>
/// <param name="Histograms">The blocks that are whole, in their order.</param>
/// <param name="Problems">What is wrong with others, at its line: a run that was killed leaves half a block.</param>
public sealed record LogContents(IReadOnlyList<Histogram> Histograms, IReadOnlyList<Diagnostic> Problems);

/// <summary>Reads logs of C programs: any number of blocks, with any lines between them (a guest's console, other tools' output).</summary>
public static partial class HistogramLog
{
    private const string Validated = "is validated", NotValidated = "is NOT validated", Undecided = "cannot be decided from user space";

    /// <summary>Reads a log.</summary>
    /// <param name="path">Its name in problems.</param>
    /// <param name="text">Its text; a console's carriage returns do not matter.</param>
    public static LogContents Parse(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var histograms = new List<Histogram>();
        var problems = new List<Diagnostic>();
        string[] lines = text.Split('\n');
        var notes = new List<string>();
        for (int at = 0; at < lines.Length; at++)
        {
            string line = lines[at].TrimEnd();
            if (line.StartsWith("# ", StringComparison.Ordinal))
            {
                AddNote(line[2..], notes, histograms);
            }

            if (!TestLine().IsMatch(line))
            {
                continue;
            }

            var block = new Block(lines, at);
            if (block.Read() is { } histogram)
            {
                histograms.Add(histogram with { Notes = [.. notes, .. block.Notes] });
                at = block.Last;
            }
            else
            {
                problems.Add(new Diagnostic(path, block.Last + 1, 1, block.Problem));
                at = Math.Max(at, block.Last - 1); // what ended this block may begin another
            }

            notes.Clear();
        }

        return new LogContents(histograms, problems);
    }

    // Failed calls and interruptions are told behind the block, what it runs on before it.
    private static void AddNote(string note, List<string> notes, List<Histogram> histograms)
    {
        if (notes.Count == 0 && histograms.Count > 0 && !IsHeader(note) && !note.StartsWith("hang:", StringComparison.Ordinal))
        {
            histograms[^1] = histograms[^1] with { Notes = [.. histograms[^1].Notes, note] };
        }
        else
        {
            notes.Add(note);
        }
    }

    /// <summary>Is a note the line that says what a program ran on?</summary>
    internal static bool IsHeader(string note) => note.Contains(": kernel ", StringComparison.Ordinal);

    /// <summary>What the log says of the condition.</summary>
    internal static string Judgement(Answer answer) => answer switch
    {
        Answer.Ok => Validated,
        Answer.No => NotValidated,
        _ => Undecided,
    };

    [GeneratedRegex(@"^Test (?<name>\S+) (?<kind>Allowed|Forbidden|Required)$")]
    private static partial Regex TestLine();

    [GeneratedRegex(@"^Histogram \((?<count>\d+) states\)$")]
    private static partial Regex CountLine();

    [GeneratedRegex(@"^(?<count>\d+) *(?<mark>[*:])>(?<state>.*)$")]
    private static partial Regex StateLine();

    [GeneratedRegex(@"^\[ *\d+\.\d{6}\] ")]
    private static partial Regex KernelMessage();

    // One block, from its "Test" line to its "Time" line.
    private sealed class Block(string[] lines, int at)
    {
        private readonly int first = at + 1;

        public int Last { get; private set; } = at;

        public List<string> Notes { get; } = [];

        public string Problem { get; private set; } = "";

        public Histogram? Read()
        {
            Match test = TestLine().Match(lines[Last].TrimEnd()), count;
            if (!(count = CountLine().Match(Next())).Success)
            {
                return Fail("expected 'Histogram (N states)'");
            }

            var states = new List<SeenState>();
            for (int left = int.Parse(count.Groups["count"].Value, CultureInfo.InvariantCulture); left > 0; left--)
            {
                Match state = StateLine().Match(Next());
                if (!state.Success || !long.TryParse(state.Groups["count"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out long times))
                {
                    return Fail("expected a state: 'COUNT:>STATE'");
                }

                states.Add(new SeenState(state.Groups["state"].Value, times, state.Groups["mark"].Value == "*"));
            }

            Dictionary<string, string> rest = ReadRest();
            string name = test.Groups["name"].Value;
            if (!rest.TryGetValue("Time", out string? time) || !rest.TryGetValue("Hash", out string? hash)
                || !rest.TryGetValue("Observation", out string? observation) || !rest.TryGetValue("Condition", out string? condition))
            {
                return Fail("expected the lines Condition, Hash, Observation and Time behind the states");
            }

            string[] counts = observation.Split(' ');
            if (counts.Length != 4 || !long.TryParse(counts[2], out long positive) || !long.TryParse(counts[3], out long negative)
                || !double.TryParse(time.Split(' ')[^1], NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds))
            {
                return Fail("expected 'Observation NAME Sometimes N N' and 'Time NAME SECONDS'");
            }

            return new Histogram
            {
                TestName = name,
                Quantifier = test.Groups["kind"].Value switch
                {
                    "Allowed" => Quantifier.Exists,
                    "Forbidden" => Quantifier.NotExists,
                    _ => Quantifier.Forall,
                },
                ConditionText = WithoutJudgement(condition),
                Hash = hash,
                States = states,
                Positive = positive,
                Negative = negative,
                Seconds = seconds,
            };
        }

        private Dictionary<string, string> ReadRest()
        {
            var found = new Dictionary<string, string>();
            while (Last + 1 < lines.Length && !found.ContainsKey("Time") && !TestLine().IsMatch(lines[Last + 1].TrimEnd()))
            {
                string line = Next();
                int end = line.IndexOfAny([' ', '=']);
                if (line.StartsWith("# ", StringComparison.Ordinal))
                {
                    Notes.Add(line[2..]);
                }
                else if (end > 0)
                {
                    found.TryAdd(line[..end], line[(end + 1)..]);
                }
            }

            return found;
        }

        // On a console the kernel's messages come between.
        private string Next()
        {
            do
            {
                Last++;
            }
            while (Last < lines.Length && KernelMessage().IsMatch(lines[Last]));

            return Last < lines.Length ? lines[Last].TrimEnd() : "";
        }

        private Histogram? Fail(string expected)
        {
            Last = Math.Min(Last, lines.Length - 1);
            Problem = $"{expected}, found '{(lines[Last].Length > 60 ? lines[Last][..60] : lines[Last]).TrimEnd()}'; the block that begins on line {first} is left out";
            return null;
        }

        private static string WithoutJudgement(string condition)
        {
            foreach (string end in new[] { Validated, NotValidated, Undecided })
            {
                if (condition.EndsWith(" " + end, StringComparison.Ordinal))
                {
                    return condition[..^(end.Length + 1)];
                }
            }

            return condition;
        }
    }
}
