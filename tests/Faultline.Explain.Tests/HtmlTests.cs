using System.Text.Json;
using Faultline.Explain.Html;
using Faultline.Explain.Stories;
using Faultline.Kernel.Fs;
using Faultline.Litmus.Checking;

namespace Faultline.Explain.Tests;

/// <summary>What pages are made from. How they behave is tested in a browser (<c>tests/Faultline.Browser.Tests</c>).</summary>
public sealed class HtmlTests
{
    private const string FlushedStore = """
        DAX flushed-store
        {
          file f = [hole, block 3];
          map A = mmap(f, shared, rw, sync);
        }
         P0       | P1        ;
         A[1] = 4 | r0 = A[1] ;
         clwb(A[1]) | fsync(f) ;
         sfence   | A[0] = r0 ;
         crash    |           ;
        exists (durable(f[1])=4 /\ 1:r0=4)
        """;

    private static readonly Lazy<(CheckResult Result, Finding Finding)> Cow = new(() => Checked(Checks.CowRace, "v4.12+pfn-warn", "warn(insert_pfn)"));
    private static readonly Lazy<(CheckResult Result, Finding Finding)> Flushed = new(() => Checked(FlushedStore, "v6.12", "condition"));

    public static TheoryData<bool> Both => [false, true];

    /// <summary>The bars agree with what the story says is held.</summary>
    [Theory]
    [MemberData(nameof(Both))]
    public void Lock_bars_are_what_is_held(bool flushed)
    {
        Tape tape = TapeOf(flushed);
        List<LockSpan> spans = LockSpans.Of(tape);
        for (int step = 0; step < tape.Steps.Count; step++)
        {
            for (int thread = 0; thread < 2; thread++)
            {
                IEnumerable<string> drawn = spans.Where(s => s.Thread == thread && s.IsHeldAfter(step + 1)).Select(s => tape.Names[s.Word] + (s.Shared ? "(r)" : ""));
                Assert.Equal(tape.HeldAt(thread, step, int.MaxValue).Order(), drawn.Order());
            }
        }
    }

    /// <summary>The first state and the differences of each step give back every state.</summary>
    [Theory]
    [MemberData(nameof(Both))]
    public void Differences_add_up_to_each_state(bool flushed)
    {
        (CheckResult result, Finding finding) = (flushed ? Flushed : Cow).Value;
        Tape tape = TapeOf(flushed);
        Picture picture = PictureBuilder.Build(result.Machine, tape, LockSpans.Of(tape));
        var data = PageData.Of(StoryBuilder.Build(result, finding, whole: true), tape, picture, 1);
        int[] state = [.. data.First];
        for (int step = 0; step <= tape.Steps.Count; step++)
        {
            for (int i = 0; step > 0 && i < data.Changes[step - 1].Count; i += 2)
            {
                state[data.Changes[step - 1][i]] = data.Changes[step - 1][i + 1];
            }

            Assert.Equal(picture.Chips.Select(c => c.Values[step].Text), state.Select(v => data.Values[v]));
            Assert.Equal(picture.Chips.Select(c => c.Values[step].Target), state.Select(v => data.Targets[v]));
        }
    }

    /// <summary>Chips that stand for words print them as the model does, and point to pages that the picture has.</summary>
    [Theory]
    [MemberData(nameof(Both))]
    public void The_picture_shows_the_words_of_the_state(bool flushed)
    {
        (CheckResult result, Finding finding) = (flushed ? Flushed : Cow).Value;
        Tape tape = TapeOf(flushed);
        Picture picture = PictureBuilder.Build(result.Machine, tape, LockSpans.Of(tape));
        foreach (StateRow row in StoryBuilder.Build(result, finding).Run!.State.Where(r => r.Name.StartsWith("pte ", StringComparison.Ordinal)))
        {
            ChipGroup page = picture.Mappings.SelectMany(m => m.Pages).Single(p => p.Name == row.Name["pte ".Length..]);
            Chip pte = page.Chips.Single(c => c.Kind == ChipKind.Pte);
            Assert.Equal(row.Before, pte.Values[0].Text);
            Assert.True(flushed || row.After == pte.Values[^1].Text, "without a power failure the story and the picture end alike");
        }

        HashSet<string> frames = [.. picture.Memory.Select(f => f.Name)];
        Assert.DoesNotContain(picture.Chips.SelectMany(c => c.Values), v => v.Target.Length > 0 && !frames.Contains(v.Target));
    }

    [Fact]
    public void Cache_lines_say_what_a_power_failure_would_leave()
    {
        Tape tape = TapeOf(flushed: true);
        Picture picture = PictureBuilder.Build(Flushed.Value.Result.Machine, tape, LockSpans.Of(tape));
        Chip line = picture.Memory.Single(f => f.Name == "block 1").Chips.Single(c => c.Kind == ChipKind.Line);
        List<string> seen = [.. line.Values.Select(v => v.Text).Distinct()];
        Assert.Equal("media has 3", seen[0]);
        Assert.Contains("dirty; media has 3", seen);
        Assert.Equal("media has 4", seen[^1]);
        Chip found = picture.Files[0].Pages[1].Chips.Single(c => c.Label == "after the crash");
        Assert.Equal(["-", "4"], found.Values.Select(v => v.Text).Distinct());
        Assert.Equal("4", found.Values[^1].Text);
    }

    [Fact]
    public void Who_waits_is_told_for_whom()
    {
        (CheckResult result, _) = Cow.Value;
        Tape tape = TapeOf(flushed: false);
        Picture picture = PictureBuilder.Build(result.Machine, tape, LockSpans.Of(tape));
        Assert.All(picture.Cpus, cpu => Assert.Equal(["at", "stack", "next"], cpu.Chips.Take(3).Select(c => c.Label)));
        Chip stack = picture.Cpus[1].Chips.Single(c => c.Kind == ChipKind.Stack);
        Assert.StartsWith("insert_pfn\nvm_insert_mixed\n", stack.Values[^1].Text, StringComparison.Ordinal);
        Assert.Equal("r0 = A[0]", picture.Cpus[1].Chips[0].Values[^1].Text);
    }

    [Fact]
    public void Data_cannot_end_its_script()
    {
        var data = new PageData(0, 0, ["</script><!--", "&"], ["", ""], [0], [], ["'\"<b>"], []);
        Assert.DoesNotContain(data.ToJson(), c => c is '<' or '>' or '&');
        using var parsed = JsonDocument.Parse(data.ToJson());
        Assert.Equal("</script><!--", parsed.RootElement.GetProperty("values")[0].GetString());
    }

    [Fact]
    public void A_search_that_was_cut_short_proves_nothing()
    {
        string page = Page(Checks.Stopped(Checks.HoleRace, "v6.12", maxStates: 10), null);
        Assert.Contains("Nothing wrong was seen in the part that was searched", page, StringComparison.Ordinal);
        Assert.Contains("NOT A PROOF", page, StringComparison.Ordinal);
        Assert.DoesNotContain("proved", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_that_must_always_hold_and_does_not_is_no_proof()
    {
        CheckResult result = Checks.Run(Checks.HoleRace.Replace("exists (0:r0=1)", "forall (0:r0=1)", StringComparison.Ordinal), "v6.12");
        Assert.Equal(0, result.Verdict.Positive);
        Assert.Contains("The condition does not hold at every end", Page(result, null), StringComparison.Ordinal);
    }

    private static string Page(CheckResult result, Finding? finding)
    {
        using var writer = new StringWriter();
        WitnessPage.Write(writer, new WitnessPageInput(result, finding, null));
        return writer.ToString();
    }

    private static Tape TapeOf(bool flushed)
    {
        (CheckResult result, Finding finding) = (flushed ? Flushed : Cow).Value;
        return new Tape(result.Machine, finding.Witness!, new WordNames(result.Machine.Layout, result.Machine.Program));
    }

    private static (CheckResult Result, Finding Finding) Checked(string litmus, string kernel, string finding)
    {
        CheckResult result = Checks.Run(litmus, kernel, FilesystemKind.Ext4);
        return (result, result.Finding(finding));
    }
}
