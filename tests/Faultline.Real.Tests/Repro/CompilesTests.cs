using System.Collections.Concurrent;
using Faultline.Litmus;
using Faultline.Real.Histograms;
using Faultline.Real.Repro;

namespace Faultline.Real.Tests.Repro;

/// <summary>Every test of the corpus is a C program without a warning.</summary>
public sealed class CompilesTests
{
    private const int FilesAtATime = 12, FullSlice = 24;

    /// <summary>Front end, all tests, whatever is observed.</summary>
    [Fact]
    public void Every_test_of_the_corpus_compiles_without_a_warning()
    {
        Assert.True(Corpus.Files.Count > 150);
        var bad = new ConcurrentBag<string>();
        Parallel.ForEach(Corpus.Files.Chunk(FilesAtATime), new ParallelOptions { MaxDegreeOfParallelism = 2 }, chunk =>
        {
            using var folder = new TempFolder();
            var names = new List<string>();
            foreach (string path in chunk)
            {
                TestFile file = Corpus.LoadFile(path);
                foreach (Watch watch in Enum.GetValues<Watch>())
                {
                    names.Add($"{names.Count}-{ReproProgram.NameOf(file.Test!)}.c");
                    folder.Write(names[^1], ReproProgram.Write(file.Test!, new ReproOptions(Watch: watch)));
                }
            }

            string said = Compilation.Compile(folder.Path, Compilation.Quick, names);
            if (said.Length > 0)
            {
                bad.Add(said);
            }
        });
        Assert.Empty(bad);
    }

    /// <summary>The flags that the programs' heads name, for some tests; FAULTLINE_COMPILE_ALL=1: for all, in some minutes.</summary>
    [Fact]
    public void A_slice_of_the_corpus_compiles_optimised_and_static()
    {
        bool all = Environment.GetEnvironmentVariable("FAULTLINE_COMPILE_ALL") == "1";
        int step = all ? 1 : Corpus.Files.Count / FullSlice;
        var bad = new ConcurrentBag<string>();
        Parallel.ForEach(Corpus.Files.Where((_, i) => i % step == 0), new ParallelOptions { MaxDegreeOfParallelism = 2 }, path =>
        {
            using var folder = new TempFolder();
            folder.Write("test.c", ReproProgram.Write(Corpus.LoadFile(path).Test!, new ReproOptions()));
            string said = Compilation.Compile(folder.Path, Compilation.Full, "-o", "test", "test.c");
            if (said.Length > 0)
            {
                bad.Add($"{path}: {said}");
            }
        });
        Assert.Empty(bad);
    }

    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void Every_operation_compiles(string name)
    {
        using var folder = new TempFolder();
        foreach (Watch watch in Enum.GetValues<Watch>())
        {
            folder.Write("test.c", ReproProgram.Write(Languages.Test(name), new ReproOptions(Watch: watch)));
            Assert.Equal("", Compilation.Compile(folder.Path, Compilation.Full, "-o", "test", "test.c"));
        }
    }
}
