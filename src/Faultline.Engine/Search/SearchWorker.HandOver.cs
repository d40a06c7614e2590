namespace Faultline.Engine.Search;

/// <summary>
/// Handing states over. Most successors of a state belong to the same part of the visited set as the state itself
/// (<see cref="State.Fingerprint.HomeBits"/>): at the worker whose part that is they are looked up without asking another one.
/// </summary>
internal sealed unsafe partial class SearchWorker
{
    private const int Slack = 64; // states more than here, at most, that may wait at who gets some
    private const double Slowness = 1.0 / 64;
    private readonly StateExchange? states;
    private readonly bool[] givesTo;
    private double strangers; // share of steps that lead to another part, of late

    /// <summary>Takes what others have handed over, even what they have not sent yet. While they stand still.</summary>
    public void TakeAll()
    {
        for (int other = 0; other < givesTo.Length; other++)
        {
            if (other != me)
            {
                states!.Between(other, me).Send();
                states.Between(other, me).Take(Pool, Waiting);
            }
        }
    }

    // False: it is to stay here.
    private bool TryHandOver(byte* state, ulong fingerprint)
    {
        int home = visited.PartOf(fingerprint);
        if (!givesTo[home] || !states!.Between(me, home).TryPut(state))
        {
            return false;
        }

        Pool.Give(state);
        return true;
    }

    // Sends what is for others, takes what they have sent, and decides who gets more. True if something waits here then.
    private bool HandOver()
    {
        int here = Waiting.Count;
        states!.TellWaiting(me, here);
        bool isWorthIt = !task.Frontier.IsHungry && strangers < 0.75 * (1 - (1.0 / givesTo.Length));
        for (int other = 0; other < givesTo.Length; other++)
        {
            if (other != me)
            {
                states.Between(me, other).Send();
                states.Between(other, me).Take(Pool, Waiting);
                givesTo[other] = isWorthIt && states.WaitingAt(other) <= here + Slack;
            }
        }

        return Waiting.Count > 0;
    }

    // One step of a batch stands for all.
    private void NoteStranger(PendingStep* step, ulong fingerprint)
    {
        bool isStranger = visited.PartOf(StatePool.NoteOf(step->From)->Fingerprint) != visited.PartOf(fingerprint);
        strangers += ((isStranger ? 1 : 0) - strangers) * Slowness;
    }
}
