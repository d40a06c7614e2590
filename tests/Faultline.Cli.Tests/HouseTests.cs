using System.Text.RegularExpressions;

namespace Faultline.Cli.Tests;

/// <summary>The rules of the house that a machine can check.</summary>
public sealed partial class HouseTests
{
    private const int LinesAtMost = 400;

    [Fact]
    public void No_file_is_too_long() =>
        Assert.Empty(Sources().Where(f => File.ReadLines(f).Count() > LinesAtMost).Select(Relative));

    [Fact]
    public void Each_layer_knows_only_those_above_it()
    {
        string[] layers = ["Engine", "Kernel", "Litmus", "Explain", "Real", "Cli"];
        for (int i = 0; i < layers.Length; i++)
        {
            string project = File.ReadAllText(Path.Combine(Tool.Root, "src", $"Faultline.{layers[i]}", $"Faultline.{layers[i]}.csproj"));
            Assert.DoesNotContain(layers[i..], below => project.Contains($"ProjectReference Include=\"../../src/Faultline.{below}/", StringComparison.Ordinal));
        }
    }

    /// <summary>Each coroutine of the kernel model says which file and function of the kernel it models.</summary>
    [Fact]
    public void Each_modelled_function_cites_its_source()
    {
        var silent = new List<string>();
        foreach (string folder in new[] { "Mm", "Dax", "Fs" })
        {
            foreach (string file in Directory.GetFiles(Path.Combine(Tool.Root, "src", "Faultline.Kernel", folder), "*.cs"))
            {
                silent.AddRange(Coroutine().Matches(File.ReadAllText(file))
                    .Where(m => !Citation().IsMatch(m.Groups["doc"].Value)).Select(m => $"{Relative(file)}: {m.Groups["name"].Value}"));
            }
        }

        Assert.Empty(silent);
    }

    [Fact]
    public void No_file_names_a_path_of_one_machine() =>
        Assert.Empty(Directory.EnumerateFiles(Tool.Root, "*", SearchOption.AllDirectories)
            .Where(f => !IsBuilt(f) && Path.GetFileName(f) != "HouseTests.cs" && MachinePath().IsMatch(File.ReadAllText(f))).Select(Relative));

    private static IEnumerable<string> Sources() =>
        Directory.EnumerateFiles(Tool.Root, "*.cs", SearchOption.AllDirectories).Where(f => !IsBuilt(f));

    private static bool IsBuilt(string file) => Relative(file).Split('/').Any(part => part is "bin" or "obj" or ".git" or "TestResults" or "BenchmarkDotNet.Artifacts");

    private static string Relative(string file) => Path.GetRelativePath(Tool.Root, file);

    [GeneratedRegex(@"(?<doc>(^[ ]*///[^\n]*\n)*)(^[ ]*\[[^\n]*\n)*^[ ]*(public|private|internal) static async Call(<[^>]+>)? (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex Coroutine();

    [GeneratedRegex(@"\b(mm|fs|arch|include|lib|kernel|block|drivers)/[\w/.-]+\.[ch]\b.*\w+\(\)", RegexOptions.Singleline)]
    private static partial Regex Citation();

    [GeneratedRegex("(?<![\\w.])/(home|root|work|tmp)/[a-z]")]
    private static partial Regex MachinePath();
}
