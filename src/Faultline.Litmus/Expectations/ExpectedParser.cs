using Faultline.Litmus.Syntax;
using Faultline.Litmus.Verdicts;

namespace Faultline.Litmus.Expectations;

/// <summary>Parses the lines of a <c>.expected</c> file.</summary>
internal sealed class ExpectedParser(DiagnosticList diagnostics)
{
    private static readonly string[] FileSystems = ["ext4", "xfs"];
    private static readonly string[] Observations = ["Never", "Sometimes", "Always"];

    private readonly Dictionary<(string Kernel, string FileSystem), SourcePosition> seen = [];

    public List<ExpectedEntry> Entries { get; } = [];

    public List<string> Comments { get; } = [];

    public void Parse(string text)
    {
        if (text.Length > LitmusParser.MaxLength)
        {
            throw new InputError(
                SourcePosition.Start, $"the file is too large: {text.Length} characters; expected at most {LitmusParser.MaxLength}");
        }

        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            try
            {
                ParseLine(line, number);
            }
            catch (InputError error)
            {
                diagnostics.Add(error);
            }
        }
    }

    private void ParseLine(string line, int number)
    {
        int comment = line.IndexOf('#');
        if (comment >= 0)
        {
            Comments.Add(line[(comment + 1)..].Trim());
        }

        LineReader reader = new(comment >= 0 ? line[..comment] : line.TrimEnd(), number);
        if (reader.AtEnd)
        {
            return;
        }

        List<(string Text, SourcePosition Position)> kernels = reader.TakeList(IsKernelPart, "the name of a kernel version");
        List<(string Text, SourcePosition Position)> fileSystems = reader.TakeList(char.IsAsciiLetterOrDigit, "a filesystem: ext4, xfs");
        reader.Take(':', "':' and Never, Sometimes or Always");
        Observation observation = ParseObservation(reader);
        List<(string Text, SourcePosition Position)> violations =
            reader.TryTake(';') ? TakeViolations(reader) : [];
        if (!reader.AtEnd)
        {
            throw reader.Expected(violations.Count > 0 ? "',' or the end of the line" : "';' or the end of the line");
        }

        Add(kernels, fileSystems, Expectation.Of(observation, violations.Select(v => v.Text)));
    }

    private void Add(
        List<(string Text, SourcePosition Position)> kernels,
        List<(string Text, SourcePosition Position)> fileSystems,
        Expectation expectation)
    {
        foreach ((string fileSystem, SourcePosition position) in fileSystems)
        {
            if (!FileSystems.Contains(fileSystem))
            {
                string hint = NearestName.Hint(fileSystem, FileSystems);
                throw new InputError(position, $"unknown filesystem '{Token.Clip(fileSystem)}'; expected ext4 or xfs{hint}");
            }
        }

        foreach ((string kernel, SourcePosition position) in kernels)
        {
            foreach ((string fileSystem, _) in fileSystems)
            {
                Add(new ExpectedEntry(kernel, fileSystem, expectation, position));
            }
        }
    }

    private void Add(ExpectedEntry entry)
    {
        if (!seen.TryAdd((entry.Kernel, entry.FileSystem), entry.Position))
        {
            SourcePosition first = seen[(entry.Kernel, entry.FileSystem)];
            string what = $"{Token.Clip(entry.Kernel)} on {entry.FileSystem}";
            throw new InputError(entry.Position, $"{what} stands here a second time; expected once, as on line {first.Line}");
        }

        Entries.Add(entry);
    }

    private static List<(string Text, SourcePosition Position)> TakeViolations(LineReader reader)
    {
        List<(string Text, SourcePosition Position)> violations = [];
        do
        {
            (string Text, SourcePosition Position) violation = reader.TakeWord(IsViolationPart, "the name of a violation");
            if (violation.Text.Contains('(') && !violation.Text.EndsWith(')') && reader.TryTake('-'))
            {
                reader.Take('>', "'>'"); // lock-order(A -> B)
                violation.Text += $" -> {reader.TakeWord(IsViolationPart, "the name of a lock").Text}";
            }

            violations.Add(violation);
        }
        while (reader.TryTake(','));
        return violations;
    }

    private static Observation ParseObservation(LineReader reader)
    {
        const string expected = "Never, Sometimes or Always";
        (string word, SourcePosition position) = reader.TakeWord(char.IsAsciiLetter, expected);
        int index = Array.IndexOf(Observations, word);
        return index >= 0
            ? (Observation)index
            : throw new InputError(position, $"expected {expected}, found '{Token.Clip(word)}'{NearestName.Hint(word, Observations)}");
    }

    private static bool IsKernelPart(char c) => char.IsAsciiLetterOrDigit(c) || ".+~_-".Contains(c);

    private static bool IsViolationPart(char c) => char.IsAsciiLetterOrDigit(c) || "_.-+()[]:/".Contains(c);
}
