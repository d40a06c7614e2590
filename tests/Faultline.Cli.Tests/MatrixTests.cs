using System.Text.Json;
using System.Text.RegularExpressions;

namespace Faultline.Cli.Tests;

/// <summary><c>faultline matrix</c>.</summary>
public sealed partial class MatrixTests
{
    private const string Seed = "litmus/seed/generic-344.litmus";
    private const string Fix = "f2c57d91b0d9";

    [Fact]
    public void The_table_fits_80_columns_and_names_the_commit_behind_each_difference()
    {
        Tool.Result result = Tool.Run("matrix", "litmus/seed");
        Assert.DoesNotContain(result.Output.Split('\n'), line => line.Length > 80);
        Assert.DoesNotContain('\u001b', result.Output);
        Assert.Matches(@"stale-read-dontneed +X!? +X!? +X!? +\. ", result.Output);
        Assert.Contains("last bad v4.19, first good v4.20\n    f2c57d91b0d9 \"mm: Fix warning in insert_pfn()\" (v4.20)\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("last good v6.12, first bad v6.15\n    38607c62b34b", result.Output, StringComparison.Ordinal);
        Assert.Contains("first-store-1GiB.litmus says Geometry=real", result.Output, StringComparison.Ordinal);
        Assert.Contains("v4.12+pfn-warn", result.Output, StringComparison.Ordinal);
        Assert.Equal("", result.Errors);
    }

    [Fact]
    public void As_expected_is_exit_code_0_and_anything_else_is_marked_and_1()
    {
        string test = Copy("v4.14,v4.20 ext4: Never\n");
        Tool.Result result = Tool.Run("matrix", test, "-k", "v4.14,v4.20", "-f", "ext4");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("X!", result.Output, StringComparison.Ordinal);
        Assert.Contains("UNEXPECTED: generic-344", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, Tool.Run("matrix", Seed, "-k", "v4.14,v4.20", "-f", "ext4").ExitCode);
    }

    [Fact]
    public void A_cell_that_is_cut_short_is_a_question_mark_and_exit_code_3()
    {
        Tool.Result result = Tool.Run("matrix", "litmus/seed/generic-437.litmus", "-k", "v4.14", "-f", "ext4", "--max-states", "50");
        Assert.Equal(3, result.ExitCode);
        Assert.Matches(@"generic-437 +\?", result.Output);
        Assert.Contains("NOT COMPLETE", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_bad_side_of_an_old_bug_stands_in_a_column_of_its_own()
    {
        string test = Copy($"v4.20 ext4: Never\nv4.20~{Fix} ext4: Sometimes; warn(insert_pfn)\n");
        Tool.Result result = Tool.Run("matrix", test, "-k", "v4.20", "-f", "ext4");
        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"(?m)^ +~  20$", result.Output);
        Assert.Matches(@"(?m)^generic-344 +X  \.$", result.Output);
        Assert.Contains("X v4.20 without this commit: Sometimes; warn(insert_pfn)", result.Output, StringComparison.Ordinal);
        Assert.Contains(Fix, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_says_the_same()
    {
        Tool.Result result = Tool.Run("matrix", Seed, "-k", $"v4.19,v4.20,v4.20~{Fix}", "-f", "ext4", "--json");
        using JsonDocument document = JsonDocument.Parse(result.Output);
        JsonElement row = document.RootElement.GetProperty("rows")[0];
        Assert.Equal(["Violation", "Good", "Violation"], row.GetProperty("cells").EnumerateArray().Select(c => c.GetProperty("state").GetString()));
        Assert.Equal(Fix, row.GetProperty("edges")[0].GetProperty("commits")[0].GetProperty("id").GetString());
    }

    [Fact]
    public void Markdown_is_a_table()
    {
        Tool.Result result = Tool.Run("matrix", Seed, "-k", "v4.19,v4.20", "--markdown");
        Assert.Contains("| test | fs | v4.19 | v4.20 |\n|---|---|:-:|:-:|\n| generic-344 | ext4, xfs | X | . |", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Html_is_one_file_that_needs_nothing_else()
    {
        string page = Path.Combine(Directory.CreateTempSubdirectory().FullName, "matrix.html");
        Tool.Result result = Tool.Run("matrix", "litmus/seed/generic-437-loop.litmus", "-k", "v5.1,v5.6", "--html", page);
        string html = File.ReadAllText(page);
        Assert.Contains("last bad v5.1", result.Output, StringComparison.Ordinal);
        Assert.Contains("c3e5ea6ee574", html, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
        Assert.DoesNotMatch("<script|<link|<img|src=|https?:", html);
        Assert.Equal(Opened().Count(html), Closed().Count(html));
    }

    [Fact]
    public void Flips_lists_what_notices_and_what_is_not_exercised()
    {
        Tool.Result result = Tool.Run("matrix", "--flips", Seed, "-f", "ext4");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("v4.20 ext4 generic-344: Never; without it Sometimes; warn(insert_pfn)", result.Output, StringComparison.Ordinal);
        Assert.Contains("NOT EXERCISED: 0e40de0338d0 ConflictScan", result.Output, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(Tool.Run("matrix", "--flips", Seed, "-f", "ext4", "--json").Output);
        Assert.Equal(1, document.RootElement.GetProperty("exitCode").GetInt32());
    }

    [Theory]
    [InlineData("leave out --kernel", "--flips", "--kernel", "v4.14")]
    [InlineData("choose one", "--json", "--markdown")]
    [InlineData("cannot write", "--html", "no-such-folder/page.html")]
    [InlineData("unknown commit", "--kernel", "v4.14~0000000")]
    [InlineData("above 0", "--timeout", "-1")]
    public void A_bad_command_line(string message, params string[] options)
    {
        Tool.Result result = Tool.Run(["matrix", Seed, .. options]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Errors, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
    }

    private static string Copy(string expected)
    {
        string test = Path.Combine(Directory.CreateTempSubdirectory().FullName, "generic-344.litmus");
        File.Copy(Path.Combine(Tool.Root, Seed), test);
        File.WriteAllText(Path.ChangeExtension(test, ".expected"), expected);
        return test;
    }

    [GeneratedRegex("<(table|tr|td|th|ul|li|p|div|span|code|h[1-3])[ >]")]
    private static partial Regex Opened();

    [GeneratedRegex("</(table|tr|td|th|ul|li|p|div|span|code|h[1-3])>")]
    private static partial Regex Closed();
}
