using System.Text.RegularExpressions;

namespace Faultline.Cli.Tests;

/// <summary>
/// What the documents show is what the tool prints: every <c>console</c> block is run. A line <c>...</c> stands for any lines; times and
/// rates are not compared. With FAULTLINE_UPDATE_GOLDEN=1 blocks that show everything are written anew: read the difference.
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
        if (Environment.GetEnvironmentVariable("FAULTLINE_UPDATE_GOLDEN") == "1")
        {
            Update(Path.Combine(Tool.Root, document));
        }

        foreach ((string[] arguments, string[] shown) in Blocks(Path.Combine(Tool.Root, document)))
        {
            Tool.Result result = Tool.Run(arguments);
            string[] printed = [.. result.Output.Split('\n').Concat(result.Errors.Split('\n')).Select(Mask)];
            Assert.True(
                Matches(shown, printed),
                $"{document}: faultline {string.Join(' ', arguments)} prints\n{string.Join('\n', printed)}");
        }
    }

    /// <summary>A test that a document shows, with its path, is that file.</summary>
    [Fact]
    public void Shown_tests_are_those_of_the_repository()
    {
        int shown = 0;
        foreach (string file in Directory.GetFiles(Path.Combine(Tool.Root, "docs"), "*.md"))
        {
            foreach (Match block in LitmusBlock().Matches(File.ReadAllText(file)))
            {
                Assert.Equal(File.ReadAllText(Path.Combine(Tool.Root, block.Groups[1].Value)), block.Groups[2].Value);
                shown++;
            }
        }

        Assert.True(shown > 0);
    }

    [Fact]
    public void The_readme_shows_the_main_job() => Assert.Contains("README.md", Documents.Select(d => d.Data));

    private static void Update(string file)
    {
        string text = File.ReadAllText(file);
        string updated = ConsoleBlock().Replace(text, block =>
        {
            string[] commands = block.Groups[1].Value.Split("$ faultline ");
            IEnumerable<string> shown = commands.Skip(1).Select(command =>
            {
                string[] lines = command.TrimEnd('\n').Split('\n');
                Tool.Result result = lines.Contains("...") ? new Tool.Result(0, "", "") : Tool.Run(lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
                string[] printed = (result.Output + result.Errors).TrimEnd('\n').Split('\n');
                bool same = lines.Contains("...") || printed.Select(Mask).SequenceEqual(lines.Skip(1).Select(Mask));
                return same ? command : $"{lines[0]}\n{string.Join('\n', printed.Select(l => l.TrimEnd()))}\n";
            });
            return $"```console\n{commands[0]}{string.Concat(shown.Select(c => $"$ faultline {c}"))}```";
        });
        if (updated != text)
        {
            File.WriteAllText(file, updated);
        }
    }

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

    [GeneratedRegex("```litmus (\\S+)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex LitmusBlock();

    [GeneratedRegex(@"(?<=Time \S+ )\d+\.\d+|\d+(\.\d+)? m?s\b|[\d,]+(?= \|$)|[\d,.]+ M steps/s")]
    private static partial Regex Time();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
