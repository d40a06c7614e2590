using System.Text.RegularExpressions;

namespace Faultline.Cli.Tests;

/// <summary>
/// What the documents show is what the tool prints: every <c>console</c> block is run. A line <c>...</c> stands for any lines; times and
/// rates are not compared.
/// </summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> Documents =>
        [.. Directory.GetFiles(Path.Combine(Tool.Root, "docs"), "*.md").Append(Path.Combine(Tool.Root, "README.md"))
            .Where(f => Blocks(f).Any()).Select(f => Path.GetRelativePath(Tool.Root, f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Shows_what_the_tool_prints(string document)
    {
        foreach ((string[] arguments, string[] shown) in Blocks(Path.Combine(Tool.Root, document)))
        {
            Tool.Result result = Tool.Run(arguments);
            string[] printed = [.. result.Output.Split('\n').Concat(result.Errors.Split('\n')).Select(Mask)];
            Assert.True(
                Matches(shown, printed),
                $"{document}: faultline {string.Join(' ', arguments)} prints\n{string.Join('\n', printed)}");
        }
    }

    [Fact]
    public void The_readme_shows_the_main_job() => Assert.Contains("README.md", Documents.Select(d => d.Data));

    private static IEnumerable<(string[] Arguments, string[] Shown)> Blocks(string file)
    {
        foreach (Match block in ConsoleBlock().Matches(File.ReadAllText(file)))
        {
            foreach (string command in block.Groups[1].Value.Split("$ faultline ").Skip(1))
            {
                string[] lines = command.TrimEnd('\n').Split('\n');
                yield return (lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries), [.. lines.Skip(1).Select(Mask)]);
            }
        }
    }

    // Each part between "..." lines must appear in order; without a leading or trailing "..." the output starts or ends so.
    private static bool Matches(string[] shown, string[] printed)
    {
        int at = 0;
        bool anywhere = false;
        foreach (string line in shown)
        {
            if (line == "...")
            {
                anywhere = true;
                continue;
            }

            int found = anywhere ? Array.IndexOf(printed, line, at) : at < printed.Length && printed[at] == line ? at : -1;
            if (found < 0)
            {
                return false;
            }

            at = found + 1;
            anywhere = false;
        }

        return anywhere || printed.Skip(at).All(l => l.Length == 0);
    }

    private static string Mask(string line) => Spaces().Replace(Time().Replace(line, "T"), " ").TrimEnd();

    [GeneratedRegex("```console\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ConsoleBlock();

    [GeneratedRegex(@"(?<=Time \S+ )\d+\.\d+|\d+(\.\d+)? m?s\b|[\d,]+(?= \|$)|[\d,.]+ M steps/s")]
    private static partial Regex Time();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
