using System.Text.Json;

namespace Faultline.Cli.Tests;

/// <summary>How kernel versions are named, listed, shared and refused.</summary>
public sealed class VersionTests
{
    private const string Seed = "litmus/seed/generic-344.litmus";
    private const string Without = "v4.20~f2c57d91b0d9";

    private const string MapSync = """
        DAX map-sync
        {
          file f = [block 1];
          map A = mmap(f, shared, rw, sync);
        }
         P0       ;
         A[0] = 2 ;
        exists (f[0]=1)
        """;

    [Theory]
    [InlineData("check", "warn(insert_pfn)", "--brief")]
    [InlineData("explain", "insert_pfn")]
    [InlineData("matrix", "X")]
    public void A_version_with_a_fix_taken_out_does_as_before_the_fix(string command, string found, params string[] options)
    {
        Tool.Result result = Tool.Run([command, Seed, "-k", Without[..^3].ToUpperInvariant(), "-f", "ext4", .. options]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(found, result.Output, StringComparison.Ordinal);
        Assert.Contains(command == "matrix" ? "v4.20~f2c57d9" : Without, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Cost_takes_a_version_with_a_fix_taken_out() =>
        Assert.Contains("v4.14~91d25ba8a6b0", Tool.Run("cost", "litmus/seed/first-store-1GiB.litmus", "-k", "v4.14~91d25ba8a6b0").Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("v4.20~f2c57d91b0d8", "did you mean 'f2c57d91b0d9'")]
    [InlineData("v4.20x~f2c57d91b0d9", "did you mean 'v4.20'")]
    [InlineData("v4.19~f2c57d91b0d9", "v4.19 does not have f2c57d91b0d9 \"mm: Fix warning in insert_pfn()\" (v4.20)")]
    [InlineData("v4.20~f2c57", "first 7 digits")]
    [InlineData("v4.20~", "unknown commit")]
    public void A_version_that_does_not_exist_is_bad_input(string kernel, string message)
    {
        foreach (string command in new[] { "check", "explain", "matrix" })
        {
            Tool.Result result = Tool.Run(command, Seed, "-k", kernel);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains(message, result.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Expectations_may_name_such_versions_and_all_runs_them()
    {
        string test = Copy(File.ReadAllText(Path.Combine(Tool.Root, Seed)));
        Assert.Equal(0, Tool.Run("check", test, "-k", $"v4.20,{Without}", "-f", "ext4", "--write-expected", "--brief").ExitCode & ~1);
        Assert.Contains($"{Without} ext4: Sometimes; warn(insert_pfn)", File.ReadAllText(Path.ChangeExtension(test, ".expected")), StringComparison.Ordinal);
        string output = Tool.Run("check", test, "-k", "all", "-f", "ext4", "--brief").Output;
        Assert.Matches($"{Without} ext4 .* as expected", output);
        Assert.DoesNotContain(Without, Tool.Run("check", test, "-k", "v4.20", "-f", "ext4", "--brief").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_that_is_shared_says_so()
    {
        Tool.Result brief = Tool.Run("check", Seed, "-k", "v4.14,v4.15", "-f", "ext4", "--brief");
        Assert.Matches("v4.15 ext4 .*, same as v4.14", brief.Output);
        Assert.Contains(", 1 the same as another", brief.Output, StringComparison.Ordinal);
        Tool.Result full = Tool.Run("check", Seed, "-k", "v4.14,v4.15", "-f", "ext4");
        Assert.Contains("Same as v4.14: this version agrees with it", full.Output, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(Tool.Run("check", Seed, "-k", "v4.14,v4.15", "-f", "ext4", "--json").Output);
        Assert.Equal(
            [null, "v4.14"], document.RootElement.GetProperty("checks").EnumerateArray().Select(c => c.GetProperty("search").GetProperty("sameAs").GetString()));
    }

    [Fact]
    public void A_named_kernel_that_lacks_what_the_test_uses_is_bad_input_at_its_place()
    {
        string test = Copy(MapSync);
        foreach (string command in new[] { "check", "explain" })
        {
            Tool.Result result = Tool.Run(command, test, "-k", "v4.12");
            Assert.Equal(2, result.ExitCode);
            Assert.Matches(@"\.litmus:4:\d+: MAP_SYNC needs v4.15", result.Errors);
            Assert.Equal("", result.Output);
        }
    }

    [Fact]
    public void With_all_kernels_those_that_lack_it_are_not_run_and_that_is_said()
    {
        string test = Copy(MapSync);
        Tool.Result check = Tool.Run("check", test, "-k", "all", "-f", "ext4", "--brief");
        Assert.NotEqual(2, check.ExitCode);
        Assert.Matches(@"\*\*\* NOT RUN: map-sync on ext4 of v4.10 to v4.14, v4.12\+\*: .*litmus:4:\d+: MAP_SYNC needs v4.15 \*\*\*", check.Output);
        Assert.DoesNotContain("v4.14 ext4", check.Output, StringComparison.Ordinal);
        Tool.Result matrix = Tool.Run("matrix", test, "-f", "ext4");
        Assert.Matches(@"map-sync +-  -  -  -  -  [^-]", matrix.Output);
        Assert.Contains("CANNOT RUN: map-sync on ext4 of v4.10 to v4.14", matrix.Output.Replace("\n    ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Kernels_lists_what_each_version_brought_in_80_columns()
    {
        foreach (string[] options in new string[][] { [], ["--table"] })
        {
            Tool.Result result = Tool.Run(["kernels", .. options]);
            Assert.Equal(0, result.ExitCode);
            Assert.DoesNotContain(result.Output.Split('\n'), line => line.Length > 80);
            Assert.Contains("91d25ba8a6b0", result.Output, StringComparison.Ordinal);
            Assert.Contains("WritableAtOnce", result.Output, StringComparison.Ordinal);
        }

        using JsonDocument document = JsonDocument.Parse(Tool.Run("kernels", "--json").Output);
        Assert.Contains(document.RootElement.GetProperty("versions").EnumerateArray(), v => v.GetProperty("name").GetString() == "v4.12+pfn-warn");
        JsonElement behaviour = document.RootElement.GetProperty("behaviours").EnumerateArray().Single(b => b.GetProperty("name").GetString() == "HoleBacking");
        Assert.Equal("CommonZeroPage", behaviour.GetProperty("values").GetProperty("v4.14").GetString());
    }

    private static string Copy(string text)
    {
        string test = Path.Combine(Directory.CreateTempSubdirectory().FullName, "t.litmus");
        File.WriteAllText(test, text);
        return test;
    }
}
