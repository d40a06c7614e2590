using System.Text.Json;
using Faultline.Explain.Matrix;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Matrix;

namespace Faultline.Explain.Tests;

/// <summary>The forms of a matrix.</summary>
public sealed class MatrixTests
{
    private static readonly MatrixTable Table = Run("v4.19", "v4.20", "v4.20~f2c57d91b0d9", "v4.12+pfn-warn");

    [Fact]
    public void The_schema_is_stable()
    {
        using JsonDocument document = JsonDocument.Parse(Write());
        JsonElement root = document.RootElement, row = root.GetProperty("rows")[0];
        Assert.Equal(MatrixJson.SchemaVersion, root.GetProperty("schemaVersion").GetInt32());
        Assert.Equal("schemaVersion kernels filesystems rows passedOver interrupted exitCode", Members(root));
        Assert.Equal("test path title hash condition filesystem cells without edges", Members(row));
        Assert.Equal(
            "kernel state observation violations states seconds sameAs stoppedBy expected asExpected reasons", Members(row.GetProperty("cells")[0]));
        Assert.Equal("before after isFix kind commits", Members(row.GetProperty("edges")[0]));
        JsonElement commit = row.GetProperty("edges")[0].GetProperty("commits")[0];
        Assert.Equal("id title since changes", Members(commit));
        Assert.Equal("behaviour before after", Members(commit.GetProperty("changes")[0]));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    [InlineData(40)]
    public void Text_keeps_its_width(int width)
    {
        var writer = new StringWriter();
        MatrixText.Write(writer, Run([.. KernelVersions.All.Select(v => v.Name)]), width);
        string[] table = writer.ToString().Split("\n. nothing")[0].Split('\n');
        Assert.All(table, line => Assert.True(line.Length <= width, line));
        IEnumerable<string[]> rows = table.Select(line => line.Replace("generic-344", "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(KernelVersions.All.Count, rows.Where(cells => cells.All(c => c is "." or "X!")).Sum(cells => cells.Length));
    }

    [Fact]
    public void Text_says_why()
    {
        var writer = new StringWriter();
        MatrixText.Write(writer, Table, 80);
        Assert.Contains("last bad v4.19, first good v4.20\n    f2c57d91b0d9", writer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Markdown_and_html_do_not_take_text_for_markup()
    {
        var markdown = new StringWriter();
        MatrixMarkdown.Write(markdown, Table);
        Assert.Contains("a \\<b\\> & \\*c\\* \\| d", markdown.ToString(), StringComparison.Ordinal);
        var html = new StringWriter();
        MatrixHtml.Write(html, Table);
        Assert.Contains("a &lt;b&gt; &amp; *c* | d", html.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", html.ToString(), StringComparison.Ordinal);
    }

    private static MatrixTable Run(params string[] kernels)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "t.litmus");
        File.WriteAllText(path, Checks.HoleRace.Replace("DAX generic-344", "DAX generic-344\n\"a <b> & *c* | d\"", StringComparison.Ordinal));
        TestFile file = TestFile.Load(path, CompileLimits.Search);
        Assert.Empty(file.Diagnostics);
        return MatrixRun.Run([file], [.. kernels.Select(k => KernelVersions.Find(k)!)], [FilesystemKind.Ext4], CheckOptions.Default, 2);
    }

    private static byte[] Write()
    {
        using var stream = new MemoryStream();
        MatrixJson.Write(stream, Table);
        return stream.ToArray();
    }

    private static string Members(JsonElement element) => string.Join(' ', element.EnumerateObject().Select(p => p.Name));
}
